//! The simulated controllers. They run when something changed, in the request that changed it, until nothing is left
//! to do: who asks right after a write sees its consequences. What takes time waits in a schedule.
mod bootstrap;
mod budget;
mod client;
mod collect;
mod conditions;
mod cron;
mod cronjob;
mod daemonset;
mod definition;
mod deployment;
mod job;
mod namespace;
mod pod;
mod replicaset;
mod revision;
mod rollout;
mod service;
mod statefulset;
mod storage;
mod wake;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::api::Api;
use crate::registry::custom_resources;
use crate::store::Place;

/// More steps than this in one go are a loop between controllers.
const MOST_STEPS: usize = 200_000;

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Task {
    /// The object at this place, by the controller of its kind.
    Object(Place),
    /// The owners of the object at this place.
    Owners(Place),
    /// The deletion of the object at this place, which waits for its dependents.
    Deletion(Place),
    /// What is left without an owner that had this uid.
    Orphans(String),
    /// A step in the life of the pod of this uid.
    Pod(Place, String, pod::Step),
}

#[derive(Default)]
struct Queue {
    tasks: VecDeque<Task>,
    queued: HashSet<Task>,
}

impl Queue {
    fn push(&mut self, task: Task) {
        if self.queued.insert(task.clone()) {
            self.tasks.push_back(task);
        }
    }

    fn pop(&mut self) -> Option<Task> {
        let task = self.tasks.pop_front()?;
        self.queued.remove(&task);
        Some(task)
    }
}

#[derive(Default)]
struct Schedule {
    heap: BinaryHeap<Reverse<(Instant, Task)>>,
}

pub(crate) struct Controllers {
    api: Arc<Api>,
    /// Without: only definitions are served.
    all: bool,
    queue: Mutex<Queue>,
    schedule: Mutex<Schedule>,
    changed: watch::Sender<()>,
    next_ip: AtomicU32,
    /// The number the last event was named with.
    last_event: Mutex<u64>,
}

impl Controllers {
    pub(crate) fn new(api: Arc<Api>, all: bool) -> Self {
        Self {
            api,
            all,
            queue: Mutex::default(),
            schedule: Mutex::default(),
            changed: watch::Sender::new(()),
            next_ip: AtomicU32::new(4),
            last_event: Mutex::new(0),
        }
    }

    /// Works until nothing is left to do now.
    pub(crate) fn settle(&self) {
        let mut queue = self.queue.lock();
        for _ in 0..MOST_STEPS {
            self.collect_due(&mut queue);
            for event in self.api.store.take_feed() {
                for task in wake::tasks(&self.api, &event, self.all) {
                    queue.push(task);
                }
            }
            match queue.pop() {
                Some(task) => self.run(&task),
                None => return,
            }
        }
        tracing::warn!("the simulated controllers do not come to rest");
    }

    fn collect_due(&self, queue: &mut Queue) {
        let now = Instant::now();
        let mut schedule = self.schedule.lock();
        while schedule.heap.peek().is_some_and(|Reverse((due, _))| *due <= now) {
            if let Some(Reverse((_, task))) = schedule.heap.pop() {
                queue.push(task);
            }
        }
    }

    fn run(&self, task: &Task) {
        match task {
            Task::Object(place) => self.object(place),
            Task::Owners(place) => self.check_owners(place),
            Task::Deletion(place) => self.finish_deletion(place),
            Task::Orphans(uid) => self.collect_orphans(uid),
            Task::Pod(place, uid, step) => self.pod_step(place, uid, *step),
        }
    }

    fn object(&self, place: &Place) {
        if &*place.shard == definition::SHARD {
            return self.definition(place);
        }
        let Some(object) = self.api.store.get(&place.shard, &place.key) else { return };
        match &*place.shard {
            "pods" => self.pod(&object),
            "nodes" => self.reschedule(),
            "replicasets.apps" => self.replica_set(&object),
            "deployments.apps" => self.deployment(&object),
            "statefulsets.apps" => self.stateful_set(&object),
            "daemonsets.apps" => self.daemon_set(&object),
            "jobs.batch" => self.job(&object),
            "cronjobs.batch" => self.cron_job(&object),
            "services" => self.service(&object),
            "persistentvolumeclaims" => self.claim(&object),
            "persistentvolumes" => self.volume(&object),
            "poddisruptionbudgets.policy" => self.budget(&object),
            "namespaces" => self.namespace(&object),
            _ => {}
        }
    }

    /// Looks at something again later.
    fn later(&self, delay: Duration, task: Task) {
        self.schedule.lock().heap.push(Reverse((Instant::now() + delay, task)));
        self.changed.send_replace(());
    }

    /// When the next thing that was put off is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.schedule.lock().heap.peek().map(|Reverse((due, _))| *due)
    }

    pub(crate) fn schedule_changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Serves what the definitions in the store say.
    fn serve_definitions(&self) {
        self.api.registry.set_custom(custom_resources(&self.api.store.list(definition::SHARD, None)));
    }
}
