//! Deciding about each row.

use std::net::IpAddr;
use std::time::SystemTime;

use arrow_array::ArrayRef;
use bailiwick::policy::{ReasonedDecision, ReasonsInMeeting};
use bailiwick::{Decision, InMeeting, Meeting, Policy, Region};

use crate::column::{Column, Times};
use crate::error::BatchError;
use crate::questions::Questions;
use crate::read::{Addresses, BLOCK, Entry, Plain, Reader, Texts, Timestamps};

/// A meeting that was looked up, for answers of one kind.
pub(crate) trait LookedUp<'p>: Copy {
    type Answer;

    fn look_up(policy: &'p Policy, meeting: Meeting<'_>) -> Self;

    fn answer(&self, ip: IpAddr, host_region: Region, at: SystemTime) -> Self::Answer;
}

impl<'p> LookedUp<'p> for InMeeting<'p> {
    type Answer = Decision<'p>;

    fn look_up(policy: &'p Policy, meeting: Meeting<'_>) -> InMeeting<'p> {
        policy.meeting(meeting)
    }

    fn answer(&self, ip: IpAddr, host_region: Region, at: SystemTime) -> Decision<'p> {
        self.decide_at(ip, host_region, at)
    }
}

impl<'p> LookedUp<'p> for ReasonsInMeeting<'p> {
    type Answer = ReasonedDecision<'p>;

    fn look_up(policy: &'p Policy, meeting: Meeting<'_>) -> ReasonsInMeeting<'p> {
        policy.reasons(meeting)
    }

    fn answer(&self, ip: IpAddr, host_region: Region, at: SystemTime) -> ReasonedDecision<'p> {
        self.decide_at(ip, host_region, at)
    }
}

/// Calls `each` for the answer about each row, in sequence: `None` where nothing could be asked. Returns the number of rows whose
/// host region cannot be read.
pub(crate) fn for_each<'p, M: LookedUp<'p>>(
    policy: &'p Policy,
    questions: &Questions,
    mut each: impl FnMut(Option<M::Answer>) -> Result<(), BatchError>,
) -> Result<usize, BatchError> {
    let mut left = questions.rows()?;
    let name = |text, entry| Name { text, entry };
    let mut meetings = texts(&questions.meetings, "meetings", name)?;
    let mut accounts = texts(&questions.accounts, "accounts", |text, _| text)?;
    let mut host_regions = texts(&questions.host_regions, "host_regions", regions())?;
    let mut addresses = addresses(&questions.addresses)?;
    let mut times = times(&questions.at)?;

    let mut meetings_looked_up = Meetings::<M>::new(policy);
    let mut unread_regions = 0;
    let (mut names, mut hosts, mut homes, mut ips, mut instants) = (block(), block(), block(), block(), block());
    while left > 0 {
        let most = BLOCK.min(left).min(meetings.remaining()).min(accounts.remaining()).min(host_regions.remaining());
        let rows = most.min(addresses.remaining()).min(times.remaining());
        meetings_looked_up.share(meetings.sharing());
        meetings.read(rows, &mut names);
        accounts.read(rows, &mut hosts);
        host_regions.read(rows, &mut homes);
        addresses.read(rows, &mut ips);
        times.read(rows, &mut instants);
        let known = names.iter().zip(&hosts).zip(&homes).zip(&ips).zip(&instants);
        for ((((&name, &host), &home), &ip), &at) in known {
            unread_regions += usize::from(home.is_none());
            each(match (name.text, ip, at) {
                (Some(id), Some(ip), Some(at)) => {
                    let meeting = meetings_looked_up.get(id, name.entry, host);
                    Some(meeting.answer(ip, home.unwrap_or(Region::UNKNOWN), at))
                }
                _ => None,
            })?;
        }
        // INVARIANT: no column ends before the others, as all have one length.
        left = if rows == 0 { 0 } else { left - rows };
    }
    Ok(unread_regions)
}

pub(crate) fn block<T>() -> Vec<T> {
    Vec::with_capacity(BLOCK)
}

/// The name of a meeting in a row.
#[derive(Clone, Copy)]
struct Name<'a> {
    text: Option<&'a str>,
    entry: Option<Entry>,
}

/// The meetings that were looked up last: those of the entries of a dictionary, and that of the row before.
struct Meetings<'a, 'p, M> {
    policy: &'p Policy,
    /// The number of the array whose entries these are.
    array: usize,
    entries: Vec<Option<(Option<&'a str>, M)>>,
    last: Option<(&'a str, Option<&'a str>, M)>,
}

impl<'a, 'p, M: LookedUp<'p>> Meetings<'a, 'p, M> {
    fn new(policy: &'p Policy) -> Meetings<'a, 'p, M> {
        Meetings { policy, array: 0, entries: Vec::new(), last: None }
    }

    /// Makes room for the entries of an array.
    fn share(&mut self, (array, entries): (usize, usize)) {
        if array != self.array {
            self.entries.clear();
            self.array = array;
        }
        self.entries.resize(entries, None);
    }

    /// A meeting of an account, which is looked up where it is another one than before.
    #[inline]
    fn get(&mut self, id: &'a str, entry: Option<Entry>, host: Option<&'a str>) -> M {
        let look_up = || M::look_up(self.policy, host.map_or(Meeting::new(id), |host| Meeting::new(id).hosted_by(host)));
        if let Some(kept) = entry.and_then(|entry| self.entries.get_mut(entry.index())) {
            return match kept {
                Some((account, meeting)) if *account == host => *meeting,
                _ => kept.insert((host, look_up())).1,
            };
        }
        match self.last {
            Some((last, account, meeting)) if last == id && account == host => meeting,
            _ => self.last.insert((id, host, look_up())).2,
        }
    }
}

/// Reads regions: unknown where there is none, `None` where a text is no region. Neighbours most often have one.
pub(crate) fn regions<'a>() -> impl FnMut(Option<&'a str>, Option<Entry>) -> Option<Region> {
    let mut last: (&str, Option<Region>) = ("ZZ", Some(Region::UNKNOWN));
    move |text, _| {
        let Some(text) = text else { return Some(Region::UNKNOWN) };
        if text != last.0 {
            last = (text, text.parse().ok());
        }
        last.1
    }
}

pub(crate) fn texts<'a, T: Copy, F>(
    column: &'a Column,
    name: &'static str,
    make: F,
) -> Result<Reader<'a, Texts<'a>, T, F>, BatchError>
where
    F: FnMut(Option<&'a str>, Option<Entry>) -> T,
{
    match column {
        Column::Same(value) => Ok(Reader::same(value.as_deref(), make)),
        Column::Chunks(arrays) => Reader::arrays(arrays, name, make),
    }
}

/// A reader of values as they are.
pub(crate) type AsTheyAre<'a, P> = Reader<'a, P, Option<<P as Plain<'a>>::Value>, Keep<<P as Plain<'a>>::Value>>;

pub(crate) type Keep<T> = fn(Option<T>, Option<Entry>) -> Option<T>;

fn keep<T>(value: Option<T>, _: Option<Entry>) -> Option<T> {
    value
}

pub(crate) fn addresses(column: &Column) -> Result<AsTheyAre<'_, Addresses<'_>>, BatchError> {
    match column {
        Column::Same(value) => Ok(Reader::same(value.as_deref().and_then(|text| text.parse().ok()), keep)),
        Column::Chunks(arrays) => of_arrays(arrays, "addresses"),
    }
}

pub(crate) fn times(times: &Times) -> Result<AsTheyAre<'_, Timestamps<'_>>, BatchError> {
    match times {
        Times::Same(time) => Ok(Reader::same(Some(*time), keep)),
        Times::Each(times) => Ok(Reader::each(times, keep)),
        Times::Chunks(arrays) => of_arrays(arrays, "at"),
    }
}

fn of_arrays<'a, P: Plain<'a>>(arrays: &'a [ArrayRef], name: &'static str) -> Result<AsTheyAre<'a, P>, BatchError> {
    Reader::arrays(arrays, name, keep)
}
