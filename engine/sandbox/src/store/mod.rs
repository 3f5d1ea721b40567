//! Objects, their versions and the log that watches read. One revision counter orders everything.
mod object;
mod shard;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value as Json;

pub(crate) use object::{Object, key_of};
pub(crate) use shard::{Change, Event, Read, Shard};

/// The name of a resource's storage, shared by its versions: `pods`, `foos.example.com`.
pub(crate) type ShardId = Arc<str>;

/// Where an object lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) shard: ShardId,
    /// `namespace/name`, or `name`.
    pub(crate) key: String,
}

/// Why a write did not happen.
#[derive(Debug)]
pub(crate) enum Refusal {
    Exists(Arc<Object>),
    /// The stored object is not the one the change was computed from.
    Moved,
    /// A check made together with the write said no.
    Failed(Box<crate::status::Failure>),
}

pub(crate) struct State {
    rv: u64,
    history: usize,
    shards: HashMap<ShardId, Shard>,
    uids: HashMap<String, Place>,
    dependents: HashMap<String, BTreeSet<Place>>,
    /// Changes that the controllers have not seen yet.
    feed: VecDeque<Event>,
}

pub(crate) struct Store {
    state: Mutex<State>,
}

impl Store {
    pub(crate) fn new(history: usize) -> Self {
        let state = State {
            rv: 1,
            history,
            shards: HashMap::new(),
            uids: HashMap::new(),
            dependents: HashMap::new(),
            feed: VecDeque::new(),
        };
        Self { state: Mutex::new(state) }
    }

    /// Runs `read` on a consistent view.
    pub(crate) fn view<T>(&self, read: impl FnOnce(&mut State) -> T) -> T {
        read(&mut self.state.lock())
    }

    pub(crate) fn get(&self, shard: &str, key: &str) -> Option<Arc<Object>> {
        self.state.lock().get(shard, key)
    }

    /// The objects of a shard, of one namespace if given, in key order.
    pub(crate) fn list(&self, shard: &str, namespace: Option<&str>) -> Vec<Arc<Object>> {
        self.state.lock().shards.get(shard).map(|s| s.list(namespace)).unwrap_or_default()
    }

    pub(crate) fn revision(&self) -> u64 {
        self.state.lock().rv
    }

    /// Stores a new object, if `check` agrees under the same lock.
    pub(crate) fn insert(
        &self,
        place: &Place,
        mut value: Json,
        check: impl FnOnce(&mut State, &mut Json) -> Result<(), Box<crate::status::Failure>>,
    ) -> Result<Arc<Object>, Refusal> {
        let mut state = self.state.lock();
        if let Some(there) = state.get(&place.shard, &place.key) {
            return Err(Refusal::Exists(there));
        }
        check(&mut state, &mut value).map_err(Refusal::Failed)?;
        Ok(state.commit(place, Some(value), None))
    }

    /// Replaces the object that still is at revision `from`.
    pub(crate) fn replace(
        &self,
        place: &Place,
        from: u64,
        mut value: Json,
        check: impl FnOnce(&mut State, &mut Json) -> Result<(), Box<crate::status::Failure>>,
    ) -> Result<Arc<Object>, Refusal> {
        let mut state = self.state.lock();
        let before = state.get(&place.shard, &place.key).filter(|o| o.rv == from).ok_or(Refusal::Moved)?;
        check(&mut state, &mut value).map_err(Refusal::Failed)?;
        Ok(state.commit(place, Some(value), Some(before)))
    }

    /// Removes the object that still is at revision `from`.
    pub(crate) fn remove(&self, place: &Place, from: u64) -> Result<Arc<Object>, Refusal> {
        let mut state = self.state.lock();
        let before = state.get(&place.shard, &place.key).filter(|o| o.rv == from).ok_or(Refusal::Moved)?;
        Ok(state.commit(place, None, Some(before)))
    }

    pub(crate) fn by_uid(&self, uid: &str) -> Option<(Place, Arc<Object>)> {
        let state = self.state.lock();
        let place = state.uids.get(uid)?.clone();
        let object = state.get(&place.shard, &place.key)?;
        Some((place, object))
    }

    /// The objects that name `uid` as an owner.
    pub(crate) fn dependents(&self, uid: &str) -> Vec<(Place, Arc<Object>)> {
        let state = self.state.lock();
        let places = state.dependents.get(uid).into_iter().flatten();
        places.filter_map(|p| Some((p.clone(), state.get(&p.shard, &p.key)?))).collect()
    }

    pub(crate) fn take_feed(&self) -> VecDeque<Event> {
        std::mem::take(&mut self.state.lock().feed)
    }

    /// Forgets the history: watches from an old revision get 410.
    pub(crate) fn compact(&self) {
        let state = &mut *self.state.lock();
        let rv = state.rv;
        state.shards.values_mut().for_each(|s| s.compact(rv));
    }

    /// Ends the watches of a shard, after what they have not told yet.
    pub(crate) fn cut(&self, shard: &str) {
        if let Some(shard) = self.state.lock().shards.get_mut(shard) {
            shard.cut();
        }
    }
}

impl State {
    pub(crate) fn rv(&self) -> u64 {
        self.rv
    }

    pub(crate) fn get(&self, shard: &str, key: &str) -> Option<Arc<Object>> {
        self.shards.get(shard)?.get(key)
    }

    pub(crate) fn shard(&mut self, shard: &ShardId) -> &mut Shard {
        let history = self.history;
        self.shards.entry(shard.clone()).or_insert_with(|| Shard::new(history))
    }

    pub(crate) fn objects(&self, shard: &str) -> Option<&BTreeMap<String, Arc<Object>>> {
        self.shards.get(shard).map(Shard::objects)
    }

    pub(crate) fn shard_ids(&self) -> Vec<ShardId> {
        let mut ids: Vec<_> = self.shards.keys().cloned().collect();
        ids.sort();
        ids
    }

    /// Writes one change: a revision, the indexes, the log, the controllers' feed.
    fn commit(&mut self, place: &Place, value: Option<Json>, before: Option<Arc<Object>>) -> Arc<Object> {
        self.rv += 1;
        let change = match (&value, &before) {
            (Some(_), None) => Change::Added,
            (Some(_), Some(_)) => Change::Modified,
            (None, _) => Change::Deleted,
        };
        // A deletion shows the last state at the revision of the deletion.
        let value = value.or_else(|| before.as_ref().map(|b| b.value.clone())).unwrap_or_default();
        let object = Arc::new(Object::new(self.rv, value));
        self.index(place, before.as_deref(), if change == Change::Deleted { None } else { Some(&object) });
        let event = Event { shard: place.shard.clone(), change, object: object.clone(), before };
        self.shard(&place.shard).record(&place.key, &event);
        self.feed.push_back(event);
        object
    }

    fn index(&mut self, place: &Place, before: Option<&Object>, after: Option<&Object>) {
        if let Some(before) = before {
            self.uids.remove(before.uid());
            for owner in before.owner_uids() {
                if let Some(set) = self.dependents.get_mut(owner) {
                    set.remove(place);
                    if set.is_empty() {
                        self.dependents.remove(owner);
                    }
                }
            }
        }
        if let Some(after) = after {
            self.uids.insert(after.uid().to_owned(), place.clone());
            for owner in after.owner_uids() {
                self.dependents.entry(owner.to_owned()).or_default().insert(place.clone());
            }
        }
    }
}
