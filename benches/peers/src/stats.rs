//! Medians and quartiles.

/// The median of some measurements, and the bounds of their middle half.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    /// A quarter are below.
    pub low: f64,
    /// Half are below.
    pub median: f64,
    /// A quarter are above.
    pub high: f64,
}

impl Spread {
    /// Of at least one measurement.
    pub fn of(mut values: Vec<f64>) -> Spread {
        values.sort_unstable_by(f64::total_cmp);
        let at = |part: f64| values[((values.len() - 1) as f64 * part).round() as usize];
        Spread { low: at(0.25), median: at(0.5), high: at(0.75) }
    }

    /// The ratio of two contenders' times, round by round: drift between rounds affects both.
    pub fn of_ratios(longer: &[f64], than: &[f64]) -> Spread {
        Spread::of(longer.iter().zip(than).map(|(longer, than)| longer / than).collect())
    }
}
