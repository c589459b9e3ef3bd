use crate::Refusal;

/// A mark from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, utoipa::ToSchema)]
#[schema(value_type = i32, minimum = 0, maximum = 100, example = 85)]
pub struct Rating(u8);

impl Rating {
    /// The mark as a number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<i64> for Rating {
    type Error = Refusal;

    fn try_from(value: i64) -> Result<Self, Refusal> {
        match u8::try_from(value) {
            Ok(mark @ 0..=100) => Ok(Self(mark)),
            _ => Err(Refusal::OutOfRange { min: 0, max: 100 }),
        }
    }
}

/// The mean of marks, rounded half up to one decimal and counted in tenths: 735 is 73.5.
///
/// Lists sort by this number, the one that is shown, so that order and number agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Average(u16);

impl Average {
    /// The mean of `count` marks that add up to `sum`; `None` without marks.
    #[must_use]
    pub fn of(sum: i64, count: i64) -> Option<Self> {
        if count <= 0 {
            return None;
        }
        let tenths = (sum * 20 + count) / (count * 2);
        u16::try_from(tenths).ok().and_then(Self::from_tenths)
    }

    /// The average that a store keeps as tenths, 0 to 1000.
    #[must_use]
    pub const fn from_tenths(tenths: u16) -> Option<Self> {
        if tenths <= 1000 { Some(Self(tenths)) } else { None }
    }

    /// The average in tenths, 0 to 1000.
    #[must_use]
    pub const fn tenths(self) -> u16 {
        self.0
    }

    /// The number that is shown, 0.0 to 100.0.
    #[must_use]
    pub fn get(self) -> f64 {
        f64::from(self.0) / 10.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_from_0_to_100() {
        assert_eq!(Rating::try_from(0).map(Rating::get), Ok(0));
        assert_eq!(Rating::try_from(100).map(Rating::get), Ok(100));
        for outside in [-1, 101, 356, i64::MAX, i64::MIN] {
            assert_eq!(Rating::try_from(outside), Err(Refusal::OutOfRange { min: 0, max: 100 }));
        }
    }

    #[test]
    fn a_mean_is_rounded_half_up_to_one_decimal() {
        let mean = |sum, count| Average::of(sum, count).map(Average::get);
        assert_eq!(mean(0, 0), None);
        assert_eq!(mean(0, 3), Some(0.0));
        assert_eq!(mean(200, 3), Some(66.7));
        assert_eq!(mean(100, 3), Some(33.3));
        assert_eq!(mean(1, 20), Some(0.1)); // 0.05
        assert_eq!(mean(1, 21), Some(0.0)); // 0.0476…
        assert_eq!(mean(100 * 1_000_000, 1_000_000), Some(100.0));
    }
}
