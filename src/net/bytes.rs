//! Reading numbers from the bytes of a file, the lowest byte first.

/// The error of a file's content: where it is, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The offset in the file at which reading stopped.
    pub(crate) offset: usize,
    pub(crate) problem: &'static str,
}

/// Bytes that are read from the front.
#[derive(Debug)]
pub(crate) struct Bytes<'b> {
    rest: &'b [u8],
    /// The offset of the rest in the file.
    offset: usize,
}

impl<'b> Bytes<'b> {
    /// The bytes of a file from `offset` on.
    pub(crate) fn new(bytes: &'b [u8], offset: usize) -> Bytes<'b> {
        Bytes { rest: bytes, offset }
    }

    pub(crate) fn len(&self) -> usize {
        self.rest.len()
    }

    /// An error at the current position.
    pub(crate) fn fault(&self, problem: &'static str) -> Fault {
        Fault { offset: self.offset, problem }
    }

    /// An error, unless all bytes were read.
    pub(crate) fn end(&self) -> Result<(), Fault> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.fault("bytes follow the end")) }
    }

    #[inline(always)]
    pub(crate) fn take(&mut self, len: usize) -> Result<&'b [u8], Fault> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or_else(|| self.fault(ENDS_EARLY))?;
        self.advance(rest);
        Ok(taken)
    }

    #[inline(always)]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (&taken, rest) = self.rest.split_first_chunk().ok_or_else(|| self.fault(ENDS_EARLY))?;
        self.advance(rest);
        Ok(taken)
    }

    /// Passes over zeros, at most so many, and returns their number.
    pub(crate) fn skip_zeros(&mut self, most: usize) -> usize {
        let ahead = self.rest.get(..most).unwrap_or(self.rest);
        let zeros = ahead.iter().position(|&byte| byte != 0).unwrap_or(ahead.len());
        self.advance(self.rest.get(zeros..).unwrap_or_default());
        zeros
    }

    #[inline(always)]
    fn advance(&mut self, rest: &'b [u8]) {
        self.offset += self.rest.len() - rest.len();
        self.rest = rest;
    }

    #[inline(always)]
    pub(crate) fn u8(&mut self) -> Result<u8, Fault> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Fault> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number that counts things in memory, stored in 64 bits.
    pub(crate) fn count(&mut self) -> Result<usize, Fault> {
        let count = self.u64()?;
        usize::try_from(count).map_err(|_| self.fault("a number is too large for this machine"))
    }

    /// A number that counts things that follow, of at least `each` bytes, stored in 32 bits. It is never more than fit the rest, so
    /// that memory can be reserved for it.
    pub(crate) fn count_of(&mut self, each: usize) -> Result<usize, Fault> {
        let count = usize::try_from(self.u32()?).unwrap_or(usize::MAX);
        if count.checked_mul(each).is_some_and(|bytes| bytes <= self.len()) {
            Ok(count)
        } else {
            Err(self.fault("a number counts more than follows"))
        }
    }
}

const ENDS_EARLY: &str = "a part ends early";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_sequence_and_faults_say_where() {
        let file = [1, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 9, 8];
        let mut bytes = Bytes::new(&file, 100);
        assert_eq!((bytes.len(), bytes.u8(), bytes.u32(), bytes.u64()), (15, Ok(1), Ok(2), Ok(3)));
        let early = Fault { offset: 113, problem: ENDS_EARLY };
        assert_eq!((bytes.u32(), bytes.take(3), bytes.len()), (Err(early), Err(early), 2));
        assert_eq!(bytes.end(), Err(Fault { offset: 113, problem: "bytes follow the end" }));
        assert_eq!((bytes.take(2), bytes.end(), bytes.u8().is_err()), (Ok(&[9, 8][..]), Ok(()), true));
    }

    #[test]
    fn zeros_are_passed_over_up_to_a_number() {
        let cases = [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (100, 3)];
        for (most, passed) in cases {
            let mut bytes = Bytes::new(&[0, 0, 0, 7, 0], 0);
            assert_eq!((bytes.skip_zeros(most), bytes.len()), (passed, 5 - passed), "{most}");
            assert_eq!(bytes.fault("").offset, passed);
        }
        assert_eq!(Bytes::new(&[0, 0], 0).skip_zeros(5), 2);
    }

    #[test]
    fn what_is_counted_fits_the_rest() {
        let count_of = |count: u32, each, rest: usize| {
            let file = [count.to_le_bytes().as_slice(), &vec![1; rest]].concat();
            Bytes::new(&file, 0).count_of(each).ok()
        };
        assert_eq!([count_of(3, 2, 6), count_of(3, 2, 7), count_of(3, 2, 5)], [Some(3), Some(3), None]);
        assert_eq!([count_of(0, 7, 0), count_of(u32::MAX, usize::MAX, 6)], [Some(0), None]);
    }
}
