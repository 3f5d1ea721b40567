//! How long to wait after failures.
use std::time::Duration;

/// Doubles from `base` up to `max`.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    pub base: Duration,
    pub max: Duration,
}

impl Backoff {
    /// The wait after `failures` failures in a row, one or more.
    pub fn delay(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.base.saturating_mul(1 << doublings).min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_the_cap() {
        let backoff = Backoff { base: Duration::from_secs(1), max: Duration::from_secs(1000) };
        for (failures, seconds) in [(0, 1), (1, 1), (2, 2), (5, 16), (10, 512), (11, 1000), (1000, 1000)] {
            assert_eq!(backoff.delay(failures), Duration::from_secs(seconds), "{failures}");
        }
    }
}
