//! A policy from an orders file and geo files.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use bailiwick::change::Change;
use bailiwick::geo::{OpenOptions, SourceSpec};
use bailiwick::reach::Size;
use bailiwick::{Atlas, Digest, Policy};

use super::orders::{acknowledgement_text, docket, orders, refused, requirements, requirements_text, unless_wider};
use super::{Look, Next, Refused, Supply};

/// The files of a policy, and what they were when they were read last.
#[derive(Debug)]
pub struct Files {
    orders: PathBuf,
    geo: Vec<SourceSpec>,
    min_sources: usize,
    requirements: Option<PathBuf>,
    max_newly_reached: Option<u64>,
    seen: Option<Marks>,
    /// The atlas of the policy in force was made of these geo files.
    atlas_of: Option<Vec<Mark>>,
    /// The digest of the requirements of the policy in force: those that were refused are no others' reason to pass at the next look.
    requirements_of: Option<Digest>,
}

/// What the files were.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Marks {
    /// Of the orders, the acknowledgement beside them, and the requirements.
    texts: [Option<Digest>; 3],
    geo: Vec<Mark>,
}

impl Marks {
    /// The digest of the requirements.
    fn requirements(&self) -> Option<Digest> {
        let [_, _, requirements] = self.texts;
        requirements
    }
}

/// What a geo file was. These are too large to be read at each look; the time of the last change of the inode differs after each write.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    path: String,
    file: Option<[i128; 6]>,
}

impl Files {
    /// A supply of these files. Nothing is read yet.
    #[must_use]
    pub fn new(
        orders: PathBuf,
        geo: Vec<SourceSpec>,
        min_sources: usize,
        requirements: Option<PathBuf>,
        max_newly_reached: Option<u64>,
    ) -> Files {
        Files { orders, geo, min_sources, requirements, max_newly_reached, seen: None, atlas_of: None, requirements_of: None }
    }

    fn marks(&self) -> Marks {
        let digest = |bytes: Result<Vec<u8>, Refused>| bytes.ok().map(|bytes| Digest::of(&bytes));
        let texts = [
            digest(orders(&self.orders)),
            digest(Ok(acknowledgement_text(&self.orders))),
            digest(requirements_text(self.requirements.as_deref())),
        ];
        let files = self.geo.iter().flat_map(SourceSpec::files);
        let mark = |path: &String| {
            let file = fs::metadata(path).ok().map(|file| {
                let (modified, changed) = ((file.mtime(), file.mtime_nsec()), (file.ctime(), file.ctime_nsec()));
                let nanoseconds = |(seconds, rest): (i64, i64)| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
                let numbers = [file.dev(), file.ino(), file.size()].map(i128::from);
                let [device, inode, size] = numbers;
                [device, inode, size, nanoseconds(modified), nanoseconds(changed), 0]
            });
            Mark { path: path.clone(), file }
        };
        Marks { texts, geo: files.map(mark).collect() }
    }

    fn open_atlas(&self) -> Result<Atlas, String> {
        let opened = OpenOptions::new().open_all(&self.geo).map_err(|error| error.to_string())?;
        let builder = opened.into_iter().fold(Atlas::builder(), |builder, opened| builder.source(opened.source));
        builder.min_sources(self.min_sources).build().map_err(|error| error.to_string())
    }

    /// Reads everything, for the first policy of a process, which is compared with none.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn first(&self) -> Result<Policy, Refused> {
        let path = self.requirements.as_deref();
        let requirements = requirements(path, &requirements_text(path)?)?;
        let docket = docket(&self.orders, &orders(&self.orders)?)?;
        let atlas = self.open_atlas().map_err(Refused::Wrong)?;
        Policy::check(&docket, &atlas, &requirements).map_err(|error| refused(&self.orders, &error))
    }

    /// The policy that takes the place of another.
    fn replacement(&self, before: &Policy, marks: &Marks, requirements_changed: bool) -> Result<Replacement, Refused> {
        let mut notes = Vec::new();
        let docket = docket(&self.orders, &orders(&self.orders)?)?;
        // On the atlas in force: refuses orders that were cut off, and shares what did not change.
        let orders_alone = before.recompile(&docket).map_err(|error| refused(&self.orders, &error))?;
        let change = before.change_to(&orders_alone);
        unless_wider(&change, &self.orders)?;
        let path = self.requirements.as_deref();
        let of_geo = (self.atlas_of.as_ref() != Some(&marks.geo)).then(|| self.open_atlas());
        let new_atlas = match of_geo {
            None => None,
            Some(Ok(atlas)) if is_same(&atlas, before.atlas()) && !requirements_changed => None,
            Some(Ok(atlas)) => Some(atlas),
            Some(Err(message)) => {
                notes.push(format!("the geo data stay as they were, as new ones are refused: {message}"));
                None
            }
        };
        if new_atlas.is_none() && !requirements_changed {
            return Ok(Replacement { policy: orders_alone, notes });
        }
        let atlas = new_atlas.as_ref().unwrap_or(before.atlas());
        let requirements = requirements_text(path).and_then(|text| requirements(path, &text));
        let policy = requirements.and_then(|requirements| {
            Policy::compile_with(&docket, atlas, &requirements).map_err(|error| refused(&self.orders, &error))
        });
        match policy {
            Ok(policy) => match self.too_much(&orders_alone.change_to(&policy)) {
                None => Ok(Replacement { policy, notes }),
                Some(message) => {
                    notes.push(message);
                    Ok(Replacement { policy: orders_alone, notes })
                }
            },
            Err(refused) if requirements_changed && change.widens() => Err(refused),
            // Neither geo data nor requirements must keep an order from being withdrawn.
            Err(refused) => {
                let what = if requirements_changed { "requirements" } else { "geo data" };
                notes.push(format!("the {what} stay as they were, as new ones are refused: {}", refused.message()));
                Ok(Replacement { policy: orders_alone, notes })
            }
        }
    }

    /// Why a new atlas is refused: it reaches more than the configuration lets it.
    fn too_much(&self, change: &Change) -> Option<String> {
        let most = self.max_newly_reached?;
        let size: Size = change.orders().flat_map(|order| order.reached().sizes().into_values()).sum();
        // An IPv6 network of 64 bits is one connection, as an IPv4 address is.
        let networks = size.v6_addresses.div_ceil(1 << 64);
        let newly = u128::from(size.v4_addresses).saturating_add(networks);
        (newly > u128::from(most)).then(|| {
            format!(
                "the geo data stay as they were, as with new ones the orders would reach {newly} more addresses, and \
                 `max_newly_reached` is {most}: look at the new data, and raise it or restart the daemon to take them"
            )
        })
    }
}

/// Whether two atlases locate alike and are of the same dates, which a digest does not tell: data that did not change in a month are
/// new again when their provider says so.
fn is_same(one: &Atlas, other: &Atlas) -> bool {
    let dates = |atlas: &Atlas| atlas.sources().iter().map(|source| source.known_as_of()).collect::<Vec<_>>();
    one.digest() == other.digest() && dates(one) == dates(other)
}

struct Replacement {
    policy: Policy,
    notes: Vec<String>,
}

impl Supply for Files {
    fn next(&mut self, in_force: Option<&Policy>, look: Look) -> Result<Next, Refused> {
        // Files that change while they are read have other marks at the next look.
        let marks = self.marks();
        let before = self.seen.replace(marks.clone());
        if look == Look::Watch && before.as_ref() == Some(&marks) {
            return Ok(Next::Same);
        }
        let Some(in_force) = in_force else {
            let policy = self.first()?;
            self.requirements_of = marks.requirements();
            self.atlas_of = Some(marks.geo);
            return Ok(Next::Policy(Box::new(policy), Vec::new()));
        };
        let requirements_changed = self.requirements_of != marks.requirements();
        let Replacement { policy, notes } = self.replacement(in_force, &marks, requirements_changed)?;
        if notes.is_empty() {
            self.requirements_of = marks.requirements();
            self.atlas_of = Some(marks.geo);
        }
        let stays = policy.digest() == in_force.digest() && is_same(policy.atlas(), in_force.atlas());
        if stays && notes.is_empty() && !requirements_changed && policy.is_ended() == in_force.is_ended() {
            return Ok(Next::Confirmed);
        }
        Ok(Next::Policy(Box::new(policy), notes))
    }
}
