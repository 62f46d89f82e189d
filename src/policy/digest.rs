//! Digests of policies and atlases: equal on every machine, and from whatever files they were made.

use std::net::IpAddr;
use std::time::SystemTime;

use ipnet::IpNet;

use crate::digest::Digest;
use crate::digest::Digesting;
use crate::geo::Atlas;
use crate::net::address::IpSpan;
use crate::order::Order;
use crate::policy::Policy;
use crate::policy::tables::Groups;

// The input begins with its kind and form. A new field makes a new form.
const DOCKET: &str = "bailiwick docket 1";
const ATLAS: &str = "bailiwick atlas 1";

impl Policy {
    /// The digest of the docket that the policy was compiled from. That of its atlas is [`atlas_digest`](Policy::atlas_digest).
    ///
    /// It depends on what the docket says, and on nothing else: not on the machine, the format of the file, the sequence of orders
    /// and of names in a list, or on repeats. All fields count, of orders of every status.
    ///
    /// Computed when it is first asked for, and kept: it takes as long as reading the docket's bytes a few times.
    ///
    /// # What is digested
    ///
    /// SHA-256 of the following, so that others can compute it. A *number* is 8 bytes, the highest first; a *text* is the number of
    /// its bytes in UTF-8, and these; a *list* is the number of its elements, and these, each preceded by the number of its bytes,
    /// ascending byte for byte, each once.
    ///
    /// 1. the text `bailiwick docket 1`;
    /// 2. the number of groups, and each, ascending by name: its name as a text, its regions as a list;
    /// 3. `fenced` as a list;
    /// 4. the number of orders, and each, ascending by id: `id`, `issuer`, `authority` as texts; `meetings`, `accounts`, `demands`
    ///    as lists; `status` as a text; `received`, `effective`, `expires`; `regions`, `networks`, `exempt` as lists;
    ///    `legal_basis`, `reference` as texts; `evidence`, `approved_by` as lists; the number of languages of `notice`, and each,
    ///    ascending: language and notice as texts.
    ///
    /// A time is a byte 0 where there is none; else a byte 1 and 16 bytes, the highest first: the nanoseconds since
    /// 1970-01-01T00:00:00Z in two's complement. Words and regions are as the docket writes them; a network is a byte 4 or 6, its
    /// address, and a byte with its length.
    #[must_use]
    pub fn digest(&self) -> Digest {
        *self.inner.digest.get_or_init(|| {
            let tables = &self.inner.tables;
            let mut digesting = Digesting::default();
            digesting.text(DOCKET);
            groups(&mut digesting, &tables.groups);
            list(&mut digesting, &tables.fenced.iter().collect::<Vec<_>>());
            digesting.count(tables.positions.len());
            tables.orders().for_each(|of| order(&mut digesting, of));
            digesting.digest()
        })
    }

    /// The digest of the atlas that the policy was compiled on: [`Atlas::digest`].
    #[must_use]
    pub fn atlas_digest(&self) -> Digest {
        self.inner.tables.atlas.digest()
    }
}

impl Atlas {
    /// The digest of what the atlas answers, address by address.
    ///
    /// It depends on the answers, and on nothing else: two atlases have one digest exactly when they locate every address alike,
    /// however many sources they come from, in whatever sequence, and however their ranges are cut.
    ///
    /// Computed when it is first asked for, and kept: it takes a few times as long as going through the atlas once.
    ///
    /// # What is digested
    ///
    /// SHA-256 of the following. The text `bailiwick atlas 1` (8 bytes with the number of its bytes, the highest first, and these).
    /// Then for each range of addresses that have one location, as wide as it can be, all of IPv4 ascending and then all of IPv6: a
    /// byte 4 or 6; its first address, 4 or 16 bytes; and its location as `Display` writes it, preceded by a byte with its length.
    /// The ranges cover both families; the IPv6 addresses in `::ffff:0:0/96` are unknown.
    #[must_use]
    pub fn digest(&self) -> Digest {
        *self.kept_digest().get_or_init(|| {
            let mut digesting = Digesting::default();
            digesting.text(ATLAS);
            let locations: Vec<Vec<u8>> = self.locations().iter().map(|location| short(&location.to_string())).collect();
            self.for_each_range(|span, location| {
                match span {
                    IpSpan::V4(span) => digesting.bytes(&[&[4], span.first.to_be_bytes().as_slice()].concat()),
                    IpSpan::V6(span) => digesting.bytes(&[&[6], span.first.to_be_bytes().as_slice()].concat()),
                }
                digesting.bytes(locations.get(usize::from(location)).map_or(&[], Vec::as_slice));
            });
            digesting.digest()
        })
    }
}

/// A text that is known to be short, preceded by its length.
fn short(text: &str) -> Vec<u8> {
    let len = u8::try_from(text.len()).unwrap_or(u8::MAX);
    [&[len], text.as_bytes()].concat()
}

fn groups(digesting: &mut Digesting, groups: &Groups) {
    digesting.count(groups.len());
    for (name, regions) in groups {
        digesting.text(name);
        list(digesting, regions);
    }
}

fn order(digesting: &mut Digesting, order: &Order) {
    let Order { id, issuer, authority, meetings, accounts, demands, status, received, effective, expires, .. } = order;
    let Order { regions, networks, exempt, legal_basis, reference, evidence, approved_by, notice, .. } = order;
    [id, issuer, authority].into_iter().for_each(|text| digesting.text(text));
    list(digesting, meetings);
    list(digesting, accounts);
    list(digesting, demands);
    digesting.text(&status.to_string());
    [received, effective, expires].into_iter().for_each(|&time| instant(digesting, time));
    list(digesting, regions);
    set(digesting, networks.iter().map(network).collect());
    set(digesting, exempt.iter().map(network).collect());
    [legal_basis, reference].into_iter().for_each(|text| digesting.text(text));
    list(digesting, evidence);
    list(digesting, approved_by);
    digesting.count(notice.len());
    notice.iter().flat_map(|(language, text)| [language, text]).for_each(|text| digesting.text(text));
}

fn list(digesting: &mut Digesting, list: &[impl ToString]) {
    set(digesting, list.iter().map(|element| element.to_string().into_bytes()).collect());
}

/// A list whose sequence and repeats do not matter.
fn set(digesting: &mut Digesting, mut elements: Vec<Vec<u8>>) {
    elements.sort_unstable();
    elements.dedup();
    digesting.count(elements.len());
    for element in elements {
        digesting.count(element.len());
        digesting.bytes(&element);
    }
}

/// Not as text: there is more than one way to write an IPv6 address.
fn network(network: &IpNet) -> Vec<u8> {
    let len = [network.prefix_len()];
    match network.addr() {
        IpAddr::V4(ip) => [&[4], ip.octets().as_slice(), &len].concat(),
        IpAddr::V6(ip) => [&[6], ip.octets().as_slice(), &len].concat(),
    }
}

fn instant(digesting: &mut Digesting, time: Option<SystemTime>) {
    let Some(time) = time else { return digesting.bytes(&[0]) };
    // A SystemTime has 64 bits of seconds on every platform, so its nanoseconds fit 128 bits.
    let nanos = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => i128::try_from(before.duration().as_nanos()).map_or(i128::MIN, |nanos| -nanos),
    };
    digesting.bytes(&[1]);
    digesting.bytes(&nanos.to_be_bytes());
}
