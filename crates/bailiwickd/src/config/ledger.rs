//! The table `[ledger]`.

use std::path::PathBuf;

use super::error::{Problems, quoted};
use super::raw::RawLedger;

/// The smallest file that is rotated: each file costs a header, a seal and two waits for the disk.
const SMALLEST: u64 = 64 << 10;

/// The files of the ledger.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LedgerConfig {
    /// The path of the ledger. `%p` stands for the number of the process.
    pub path: PathBuf,
    /// The path of its key of at least 32 random bytes.
    pub key: PathBuf,
    /// When it goes on in another file; `None`: never.
    pub rotate: Option<Rotation>,
}

/// When a ledger goes on in another file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// When the file has this many bytes.
    Size(u64),
    /// At the first look of a day of UTC.
    Daily,
}

pub(super) fn check(raw: RawLedger, problems: &mut Problems) -> LedgerConfig {
    let rotate = raw.rotate.and_then(|text| {
        let rotation = rotation(text.get_ref());
        if rotation.is_none() {
            let message = format!(
                "{} is not a rotation: write `daily`, or a size of at least `64KiB` as a number with `KiB`, `MiB` or `GiB`",
                quoted(text.get_ref())
            );
            problems.add(Some(text.span()), message);
        }
        rotation
    });
    LedgerConfig { path: raw.path.into_inner().into(), key: raw.key.into_inner().into(), rotate }
}

fn rotation(text: &str) -> Option<Rotation> {
    if text == "daily" {
        return Some(Rotation::Daily);
    }
    let (number, unit) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
    let bytes: u64 = match unit {
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    let size = number.parse::<u64>().ok()?.checked_mul(bytes)?;
    (size >= SMALLEST).then_some(Rotation::Size(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_rotates_each_day_or_at_a_size() {
        let cases = [
            ("daily", Some(Rotation::Daily)),
            ("64KiB", Some(Rotation::Size(65_536))),
            ("512MiB", Some(Rotation::Size(536_870_912))),
            ("2GiB", Some(Rotation::Size(2_147_483_648))),
            ("63KiB", None),
            ("0GiB", None),
            ("Daily", None),
            ("weekly", None),
            ("1000000", None),
            ("MiB", None),
            ("1 GiB", None),
            ("-1GiB", None),
            ("1.5GiB", None),
            ("1GB", None),
            ("17179869184GiB", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(rotation(text), expected, "{text:?}");
        }
    }
}
