//! The solution without a crate: the starts of ranges, sorted, and binary search.

use std::net::IpAddr;

use super::Locator;
use crate::workload::world::{Class, Range, UNKNOWN, World};

/// `partition_point` over the starts of ranges.
pub struct SortedVec {
    v4: Starts<u32>,
    v6: Starts<u128>,
}

/// The starts of ranges, and the class from each to the next.
struct Starts<T> {
    firsts: Vec<T>,
    classes: Vec<Class>,
}

impl<T: Ord + Copy> Starts<T> {
    fn new(ranges: &[Range<T>], zero: T, next: impl Fn(T) -> Option<T>) -> Starts<T> {
        let mut starts = Starts { firsts: vec![zero], classes: vec![UNKNOWN] };
        for range in ranges {
            starts.begin(range.first, range.class);
            if let Some(gap) = next(range.last) {
                starts.begin(gap, UNKNOWN);
            }
        }
        starts.firsts.shrink_to_fit();
        starts.classes.shrink_to_fit();
        starts
    }

    /// Begins a range. A gap that ends where it began was none.
    fn begin(&mut self, first: T, class: Class) {
        if self.firsts.last() == Some(&first) {
            self.firsts.pop();
            self.classes.pop();
        }
        self.firsts.push(first);
        self.classes.push(class);
    }

    #[inline]
    fn get(&self, ip: T) -> Class {
        self.classes[self.firsts.partition_point(|&first| first <= ip) - 1]
    }
}

impl Locator for SortedVec {
    const NAME: &'static str = "sorted Vec";

    type Input = (Vec<Range<u32>>, Vec<Range<u128>>);

    fn prepare(world: &World) -> Self::Input {
        (world.v4.clone(), world.v6.clone())
    }

    fn build((v4, v6): Self::Input) -> SortedVec {
        SortedVec { v4: Starts::new(&v4, 0, |last| last.checked_add(1)), v6: Starts::new(&v6, 0, |last| last.checked_add(1)) }
    }

    #[inline]
    fn look(&self, ip: IpAddr) -> u64 {
        u64::from(match ip {
            IpAddr::V4(ip) => self.v4.get(ip.to_bits()),
            IpAddr::V6(ip) => self.v6.get(ip.to_bits()),
        })
    }

    fn class(&self, _world: &World, ip: IpAddr) -> Class {
        self.look(ip) as Class
    }
}
