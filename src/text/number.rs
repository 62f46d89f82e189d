//! Numbers as people read them.

use std::fmt::{self, Display};

/// Shows a number with a comma between each three digits: `1,234,567`.
#[derive(Debug, Clone, Copy)]
pub struct Thousands(pub u128);

impl Display for Thousands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut text = String::new();
        for (position, digit) in digits.chars().enumerate() {
            if position > 0 && (digits.len() - position) % 3 == 0 {
                text.push(',');
            }
            text.push(digit);
        }
        f.pad(&text)
    }
}

/// Shows a number of addresses: exact below 10^15, and with three digits, rounded down, above: `5.42e33`.
#[derive(Debug, Clone, Copy)]
pub struct Addresses(pub u128);

impl Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The first number that is too wide for a column.
        const EXACT: u128 = 1_000_000_000_000_000;
        if self.0 < EXACT {
            return Thousands(self.0).fmt(f);
        }
        // Three digits, rounded down, so that the text never overstates the number.
        let digits = self.0.to_string();
        let mut leading = digits.chars();
        let leading = [leading.next(), leading.next(), leading.next()].map(Option::unwrap_or_default);
        let [one, tenth, hundredth] = leading;
        f.pad(&format!("{one}.{tenth}{hundredth}e{}", digits.len() - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_long_ones_shortened() {
        let cases =
            [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (999_999_999_999_999, "999,999,999,999,999")];
        for (number, text) in cases {
            assert_eq!(Addresses(number).to_string(), text);
            assert_eq!(Thousands(number).to_string(), text);
        }
        assert_eq!(Addresses(1_000_000_000_000_000).to_string(), "1.00e15");
        assert_eq!(Addresses(1_999_999_999_999_999).to_string(), "1.99e15");
        assert_eq!(Addresses(u128::MAX).to_string(), "3.40e38");
        assert_eq!(format!("{:>7}|", Thousands(1000)), "  1,000|");
    }
}
