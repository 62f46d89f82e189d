//! Deciding about each row.

use std::net::IpAddr;
use std::time::SystemTime;

use bailiwick::policy::{ReasonedDecision, ReasonsInMeeting};
use bailiwick::text::read_address;
use bailiwick::{Decision, InMeeting, Meeting, Policy, Region};

use crate::column::{Column, Times};
use crate::error::BatchError;
use crate::questions::Questions;
use crate::read::{Addresses, AsItIs, BLOCK, Entry, Make, Reader, Texts, Timestamps};

/// A meeting that was looked up, for answers of one kind.
pub(crate) trait LookedUp<'p>: Copy {
    type Answer;

    fn look_up(policy: &'p Policy, meeting: Meeting<'_>) -> Self;

    fn answer(&self, ip: IpAddr, host_region: Region, at: SystemTime) -> Self::Answer;
}

impl<'p> LookedUp<'p> for InMeeting<'p> {
    type Answer = Decision<'p>;

    #[inline(always)]
    fn look_up(policy: &'p Policy, meeting: Meeting<'_>) -> InMeeting<'p> {
        policy.meeting(meeting)
    }

    #[inline(always)]
    fn answer(&self, ip: IpAddr, host_region: Region, at: SystemTime) -> Decision<'p> {
        self.decide_at(ip, host_region, at)
    }
}

impl<'p> LookedUp<'p> for ReasonsInMeeting<'p> {
    type Answer = ReasonedDecision<'p>;

    #[inline(always)]
    fn look_up(policy: &'p Policy, meeting: Meeting<'_>) -> ReasonsInMeeting<'p> {
        policy.reasons(meeting)
    }

    #[inline(always)]
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
    let mut meetings_looked_up = Meetings::<M>::new(policy);
    let mut unread_regions = 0;
    for_each_block(questions, |block| {
        meetings_looked_up.share(block.sharing);
        for row in block.rows() {
            unread_regions += usize::from(row.home.is_none());
            each(match (row.name.text, row.ip, row.at) {
                (Some(id), Some(ip), Some(at)) => {
                    let meeting = meetings_looked_up.get(id, row.name.entry, row.host);
                    Some(meeting.answer(ip, row.home.unwrap_or(Region::UNKNOWN), at))
                }
                _ => None,
            })?;
        }
        Ok(())
    })?;
    Ok(unread_regions)
}

/// Calls `each` for block after block of the rows.
pub(crate) fn for_each_block<'q>(
    questions: &'q Questions,
    mut each: impl FnMut(&Block<'q>) -> Result<(), BatchError>,
) -> Result<(), BatchError> {
    let mut left = questions.rows()?;
    let mut meetings = texts(&questions.meetings, "meetings", Names)?;
    let mut accounts = texts(&questions.accounts, "accounts", AsItIs)?;
    let mut host_regions = texts(&questions.host_regions, "host_regions", Regions::new())?;
    let mut addresses = addresses(&questions.addresses)?;
    let mut times = times(&questions.at)?;
    let mut block = Block::new();
    while left > 0 {
        let most = BLOCK.min(left).min(meetings.remaining()).min(accounts.remaining()).min(host_regions.remaining());
        let rows = most.min(addresses.remaining()).min(times.remaining());
        block.sharing = meetings.sharing();
        meetings.read(rows, &mut block.names);
        accounts.read(rows, &mut block.hosts);
        host_regions.read(rows, &mut block.homes);
        addresses.read(rows, &mut block.ips);
        times.read(rows, &mut block.instants);
        each(&block)?;
        // INVARIANT: no column ends before the others, as all have one length.
        left = if rows == 0 { 0 } else { left - rows };
    }
    Ok(())
}

/// Some rows after one another, by columns.
pub(crate) struct Block<'a> {
    /// The number of the array that the meetings are of, and of its entries that rows share.
    sharing: (usize, usize),
    names: Vec<Name<'a>>,
    hosts: Vec<Option<&'a str>>,
    homes: Vec<Option<Region>>,
    ips: Vec<Option<IpAddr>>,
    instants: Vec<Option<SystemTime>>,
}

impl<'a> Block<'a> {
    fn new() -> Block<'a> {
        fn column<T>() -> Vec<T> {
            Vec::with_capacity(BLOCK)
        }
        let (names, hosts, homes, ips, instants) = (column(), column(), column(), column(), column());
        Block { sharing: (0, 0), names, hosts, homes, ips, instants }
    }

    /// The rows.
    #[inline]
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'a>> + '_ {
        let columns = self.names.iter().zip(&self.hosts).zip(&self.homes).zip(&self.ips).zip(&self.instants);
        columns.map(|((((&name, &host), &home), &ip), &at)| Row { name, host, home, ip, at })
    }
}

/// A question as a row has it: `None` is what is missing or cannot be read.
pub(crate) struct Row<'a> {
    pub(crate) name: Name<'a>,
    pub(crate) host: Option<&'a str>,
    /// Unknown where there is none, `None` where a text is no region.
    pub(crate) home: Option<Region>,
    pub(crate) ip: Option<IpAddr>,
    pub(crate) at: Option<SystemTime>,
}

/// The name of a meeting in a row.
#[derive(Clone, Copy)]
pub(crate) struct Name<'a> {
    pub(crate) text: Option<&'a str>,
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
    #[inline(always)]
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

/// Makes the names of meetings.
struct Names;

impl<'a> Make<&'a str> for Names {
    type Made = Name<'a>;

    #[inline(always)]
    fn make(&mut self, text: Option<&'a str>, entry: Option<Entry>) -> Name<'a> {
        Name { text, entry }
    }
}

/// Parses regions: unknown where there is none, `None` where a text is no region. Neighbours most often have one.
struct Regions<'a> {
    last: (&'a str, Option<Region>),
}

impl Regions<'_> {
    fn new() -> Self {
        Regions { last: ("ZZ", Some(Region::UNKNOWN)) }
    }
}

impl<'a> Make<&'a str> for Regions<'a> {
    type Made = Option<Region>;

    #[inline]
    fn make(&mut self, text: Option<&'a str>, _: Option<Entry>) -> Option<Region> {
        let Some(text) = text else { return Some(Region::UNKNOWN) };
        if text != self.last.0 {
            self.last = (text, text.parse().ok());
        }
        self.last.1
    }
}

fn texts<'a, M: Make<&'a str>>(column: &'a Column, name: &'static str, maker: M) -> Result<Reader<'a, Texts<'a>, M>, BatchError> {
    match column {
        Column::Same(value) => Ok(Reader::same(value.as_deref(), maker)),
        Column::Chunks(arrays) => Reader::arrays(arrays, name, maker),
    }
}

fn addresses(column: &Column) -> Result<Reader<'_, Addresses<'_>, AsItIs>, BatchError> {
    match column {
        Column::Same(value) => Ok(Reader::same(value.as_deref().and_then(read_address), AsItIs)),
        Column::Chunks(arrays) => Reader::arrays(arrays, "addresses", AsItIs),
    }
}

fn times(times: &Times) -> Result<Reader<'_, Timestamps<'_>, AsItIs>, BatchError> {
    match times {
        Times::Same(time) => Ok(Reader::same(Some(*time), AsItIs)),
        Times::Each(times) => Ok(Reader::each(times, AsItIs)),
        Times::Chunks(arrays) => Reader::arrays(arrays, "at", AsItIs),
    }
}
