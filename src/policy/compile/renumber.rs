//! Distinct values that rules refer to by number, when some of the rules are replaced.

use std::hash::Hash;

use hashbrown::HashMap;

use super::table_builder::number;

/// Adds the values of new rules to a table, each distinct value once. Returns the table, and the number of each new value.
///
/// Values that no rule uses any more become empty, and their numbers are reused first: otherwise each amendment could leave a group
/// of thousands of regions behind.
pub(super) fn merge<T: Clone + Default + Eq + Hash>(
    table: &[T],
    used: impl Iterator<Item = u32>,
    new: Vec<T>,
) -> (Box<[T]>, Vec<u32>) {
    let mut is_used = vec![false; table.len()];
    for number in used.filter_map(|number| usize::try_from(number).ok()) {
        if let Some(is_used) = is_used.get_mut(number) {
            *is_used = true;
        }
    }
    let mut merged: Vec<T> = Vec::with_capacity(table.len() + new.len());
    merged.extend(table.iter().zip(&is_used).map(|(value, &is_used)| if is_used { value.clone() } else { T::default() }));
    let mut free = is_used.iter().enumerate().filter(|&(_, &is_used)| !is_used).map(|(position, _)| position);
    let mut known: HashMap<&T, usize> =
        table.iter().enumerate().filter(|&(at, _)| is_used.get(at) == Some(&true)).map(|(at, value)| (value, at)).collect();
    let mut numbers = Vec::with_capacity(new.len());
    for value in &new {
        let position = *known.entry(value).or_insert_with(|| match free.next() {
            Some(position) => {
                if let Some(slot) = merged.get_mut(position) {
                    slot.clone_from(value);
                }
                position
            }
            None => {
                merged.push(value.clone());
                merged.len() - 1
            }
        });
        numbers.push(number(position));
    }
    (merged.into_boxed_slice(), numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(table: &[&str], used: &[u32], new: &[&str]) -> (Vec<String>, Vec<u32>) {
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<String>>();
        let (table, numbers) = merge(&texts(table), used.iter().copied(), texts(new));
        (table.into_vec(), numbers)
    }

    #[test]
    fn a_value_that_is_used_is_not_there_twice() {
        assert_eq!(
            merged(&["a", "b"], &[0, 1], &["b", "c", "b", "c"]),
            (["a", "b", "c"].map(str::to_owned).to_vec(), vec![1, 2, 1, 2])
        );
    }

    #[test]
    fn the_number_of_a_value_that_no_rule_uses_is_given_out_again() {
        assert_eq!(merged(&["a", "b", "c"], &[1], &["b", "d"]), (["d", "b", ""].map(str::to_owned).to_vec(), vec![1, 0]));
        assert_eq!(merged(&["a", "b"], &[], &["b"]), (["b", ""].map(str::to_owned).to_vec(), vec![0]));
    }

    #[test]
    fn numbers_beyond_the_table_use_nothing() {
        assert_eq!(merged(&["a"], &[u32::MAX, 0], &[]), (vec!["a".to_owned()], Vec::new()));
    }
}
