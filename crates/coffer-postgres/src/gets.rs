//! Records by their keys: questions that come together are asked together.
//!
//! A statement costs the database and the way there more than a row that it finds. So no more than [`UNDER_WAY_MAX`] are on their way; what is
//! asked for meanwhile gathers, and goes with the next.
//!
//! # Invariants
//! - A question is asked after it came: what was committed before it is in its answer.
//! - What gathers is asked for, whoever goes away, and each question is answered once, with its own keys alone.
//! - A row that is damaged is told to who asked for it, and to no other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use coffer_engine::storage::{Key, Record, StorageError};
use tokio::sync::oneshot;
use tokio_postgres::Row;

use crate::postgres::Inner;
use crate::rows;

/// Statements at once.
const UNDER_WAY_MAX: usize = 2;
/// Keys in one of them, where it is of several questions.
const KEYS_MAX: usize = 256;

/// What gathers.
#[derive(Default)]
pub(crate) struct Gets(Mutex<Gathered>);

#[derive(Default)]
struct Gathered {
    questions: Vec<Question>,
    under_way: usize,
}

struct Question {
    keys: Vec<Key>,
    answer: oneshot::Sender<Answer>,
}

type Answer = Result<Vec<Option<Record>>, StorageError>;

/// As [`Storage::get`](coffer_engine::storage::Storage::get).
pub(crate) async fn get(inner: Arc<Inner>, keys: Vec<Key>) -> Answer {
    let _room = inner.readers.room()?;
    let (answer, answered) = oneshot::channel();
    if let Some(turn) = inner.gets.gather(Question { keys, answer }) {
        // On a task of its own: who asks goes on as soon as he has his answer.
        tokio::spawn(ask_all(Arc::clone(&inner), turn));
    }
    answered.await.unwrap_or(Err(StorageError::Interrupted))
}

/// Asks until nothing is left.
async fn ask_all(inner: Arc<Inner>, mut turn: Turn) {
    // Whoever else can run on this thread joins now.
    tokio::task::yield_now().await;
    while let Some(questions) = turn.next() {
        let found = found(&inner, &questions).await;
        for Question { keys, answer } in questions {
            // Who went away needs none.
            let _ = answer.send(found.as_ref().map_err(Clone::clone).and_then(|found| records(found, &keys)));
        }
    }
}

/// Rows by their keys, not looked at any further yet.
type Rows = HashMap<Key, Row>;

async fn found(inner: &Inner, questions: &[Question]) -> Result<Rows, StorageError> {
    let keys: Vec<&[u8]> = questions.iter().flat_map(|one| &one.keys).map(Key::as_bytes).collect();
    let rows = inner.readers.ask(inner, |reading| &reading.get, &[&keys]).await?;
    rows.into_iter().map(|row| Ok((rows::key(&row, 0)?, row))).collect()
}

fn records(found: &Rows, keys: &[Key]) -> Answer {
    let record = |key: &Key| found.get(key).map(rows::keyed_record).transpose();
    keys.iter().map(|key| Ok(record(key)?.map(|(_, record)| record))).collect()
}

/// The right to have one statement on its way. It ends when nothing is left to ask.
struct Turn {
    gets: Arc<Gets>,
    is_over: bool,
}

impl Turn {
    /// The questions of the next statement.
    fn next(&mut self) -> Option<Vec<Question>> {
        let mut gathered = self.gets.gathered();
        if gathered.questions.is_empty() {
            // At once with the look: whoever comes now finds a turn to be had.
            gathered.under_way = gathered.under_way.saturating_sub(1);
            self.is_over = true;
            return None;
        }
        let mut keys = 0_usize;
        let fits = |question: &&Question| {
            keys = keys.saturating_add(question.keys.len());
            keys <= KEYS_MAX
        };
        // One that is longer than that goes alone.
        let count = gathered.questions.iter().take_while(fits).count().max(1);
        Some(gathered.questions.drain(..count).collect())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.is_over {
            let mut gathered = self.gets.gathered();
            gathered.under_way = gathered.under_way.saturating_sub(1);
        }
    }
}

impl Gets {
    /// Takes a question; a turn, if there is one to be had.
    fn gather(self: &Arc<Self>, question: Question) -> Option<Turn> {
        let mut gathered = self.gathered();
        gathered.questions.push(question);
        if gathered.under_way >= UNDER_WAY_MAX {
            return None;
        }
        gathered.under_way = gathered.under_way.saturating_add(1);
        Some(Turn { gets: Arc::clone(self), is_over: false })
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use coffer_engine::tenant::TenantId;

    use super::*;

    /// A question of so many keys.
    fn question(keys: u16) -> Question {
        let key = |number: u16| Key::new(TenantId::from_bytes([1; 16]), 7, &number.to_be_bytes()).unwrap();
        Question { keys: (0..keys).map(key).collect(), answer: oneshot::channel().0 }
    }

    fn sizes(questions: Option<Vec<Question>>) -> Vec<usize> {
        questions.unwrap_or_default().iter().map(|question| question.keys.len()).collect()
    }

    #[test]
    fn what_gathers_goes_together_up_to_a_number_of_keys() {
        let gets = Arc::<Gets>::default();
        let mut turn = gets.gather(question(1)).unwrap();
        for keys in [200, 55, 1, 300, 2] {
            gets.gather(question(keys));
        }
        let statements: Vec<_> = (0..5).map(|_| sizes(turn.next())).collect();
        assert_eq!(statements, [vec![1, 200, 55], vec![1], vec![300], vec![2], vec![]]);
    }

    #[test]
    fn only_so_many_are_on_their_way() {
        let gets = Arc::<Gets>::default();
        let mut turns: Vec<_> = (0..UNDER_WAY_MAX).filter_map(|_| gets.gather(question(1))).collect();
        assert_eq!(turns.len(), UNDER_WAY_MAX);
        assert!(gets.gather(question(2)).is_none());
        let mut turn = turns.pop().unwrap();
        assert_eq!(sizes(turn.next()), [1, 1, 2]);
        assert!(turn.next().is_none());
        assert!(gets.gather(question(1)).is_some(), "it was over when nothing was left");
    }

    #[test]
    fn a_turn_that_is_lost_is_to_be_had_again() {
        let gets = Arc::<Gets>::default();
        drop(gets.gather(question(1)));
        let turns: Vec<_> = (0..UNDER_WAY_MAX).filter_map(|_| gets.gather(question(1))).collect();
        assert_eq!(turns.len(), UNDER_WAY_MAX);
    }
}
