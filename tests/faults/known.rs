//! What somebody who alone writes a record knows of it.

/// A record's possible states. What was acknowledged is the one; what was sent and never answered may have been done,
/// and may even be done later, while something holds it up on its way.
#[derive(Debug, Clone)]
pub struct Known<T> {
    sure: Vec<T>,
    doubtful: Vec<T>,
}

impl<T: PartialEq + Clone> Known<T> {
    /// A record in this state.
    pub fn is(state: T) -> Self {
        Self { sure: vec![state], doubtful: Vec::new() }
    }

    /// A write was acknowledged. Where things are held up, older ones may still come after it.
    pub fn wrote(&mut self, state: T, held_up: bool) {
        self.sure = vec![state];
        if !held_up {
            self.doubtful.clear();
        }
    }

    /// A write was sent and not answered.
    pub fn sent(&mut self, state: T) {
        if !self.doubtful.contains(&state) {
            self.doubtful.push(state);
        }
    }

    /// It was seen; `false` where it can't be so.
    pub fn saw(&mut self, state: T, held_up: bool) -> bool {
        let possible = self.may_be(|known| *known == state);
        self.wrote(state, held_up);
        possible
    }

    /// Its state, where there is no doubt.
    pub fn surely(&self) -> Option<&T> {
        if let [only] = &self.sure[..] { Some(only) } else { None }
    }

    /// Every state that it may be in, that of which there is no doubt first.
    pub fn possible(&self) -> Vec<T> {
        let mut all: Vec<T> = Vec::new();
        for state in self.sure.iter().chain(&self.doubtful) {
            if !all.contains(state) {
                all.push(state.clone());
            }
        }
        all
    }

    /// Whether one of the possible states is such.
    pub fn may_be(&self, such: impl Fn(&T) -> bool) -> bool {
        self.sure.iter().chain(&self.doubtful).any(such)
    }

    /// An answer told that it is such; `false` where it can't be so.
    pub fn told(&mut self, such: impl Fn(&T) -> bool, held_up: bool) -> bool {
        let possible = self.may_be(&such);
        if possible {
            let all = self.sure.iter().chain(&self.doubtful).filter(|state| such(state));
            self.sure = all.cloned().collect();
            if !held_up {
                self.doubtful.clear();
            }
        }
        possible
    }
}

#[cfg(test)]
mod tests {
    use super::Known;

    #[test]
    fn what_was_not_answered_may_be_or_not_until_it_is_seen() {
        let mut known = Known::is(1);
        known.sent(2);
        assert_eq!(known.possible(), [1, 2]);
        assert!(known.saw(2, false));
        assert!(!known.saw(1, false), "it was seen to be 2");
    }

    #[test]
    fn what_is_acknowledged_is_all_there_is_unless_something_is_held_up() {
        let mut known = Known::is(1);
        known.sent(2);
        known.wrote(3, true);
        assert!(known.may_be(|state| *state == 2));
        known.wrote(4, false);
        assert!(!known.may_be(|state| *state == 2));
        assert!(!known.told(|state| *state == 2, false));
    }
}
