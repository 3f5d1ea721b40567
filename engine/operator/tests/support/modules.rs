//! Modules for these tests alone: they reach the cluster as every module does, through the run's extensions.
use parking_lot::{Condvar, Mutex};
use rolewright_cluster::{Cluster, PatchKind, WriteOptions};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

pub(super) fn all(gate: &Gate) -> Vec<Arc<dyn Module>> {
    let mut all = rolewright_modules::all();
    all.extend([
        Arc::new(Child) as Arc<dyn Module>,
        Arc::new(Hold(gate.clone())),
        Arc::new(Later),
        Arc::new(OwnStatus),
    ]);
    all
}

fn info(name: &'static str) -> ModuleInfo {
    ModuleInfo { name, free_form: FreeForm::No, expressions: &[] }
}

/// Makes sure that the ConfigMap `name` holds `value`.
struct Child;

impl Module for Child {
    fn info(&self) -> ModuleInfo {
        info("test.own.child")
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        let cluster = cx.extensions.get::<Cluster>().unwrap();
        let (name, value) = (args.text("name").unwrap(), args.text("value").unwrap_or_default());
        let wanted =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"value": value}});
        let done = cluster.block_on(async {
            let r = cluster.resolve("v1", "ConfigMap").await?;
            match cluster.get(&r, super::NS, &name).await? {
                Some(live) if live["data"] == wanted["data"] => Ok(false),
                Some(_) => cluster.replace(&r, super::NS, &wanted, &WriteOptions::default()).await.map(|_| true),
                None => cluster.create(&r, super::NS, &wanted, &WriteOptions::default()).await.map(|_| true),
            }
        });
        match done {
            Ok(changed) => Outcome::ok(changed),
            Err::<_, rolewright_cluster::Error>(error) => Outcome::failed(error.to_string()),
        }
    }
}

/// Holds runs up until it is opened; counts those that came.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<(bool, usize)>, Condvar)>);

impl Gate {
    pub(crate) fn open(&self) {
        self.0.0.lock().0 = true;
        self.0.1.notify_all();
    }
    pub(crate) async fn until_came(&self, count: usize) {
        for _ in 0..2000 {
            if self.0.0.lock().1 >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{count} runs never came to the gate");
    }
    fn pass(&self) {
        let mut state = self.0.0.lock();
        state.1 += 1;
        while !state.0 {
            self.0.1.wait(&mut state);
        }
    }
}

struct Hold(Gate);

impl Module for Hold {
    fn info(&self) -> ModuleInfo {
        info("test.own.hold")
    }
    fn run(&self, _: &TaskContext<'_>, _: &Args) -> Outcome {
        self.0.pass();
        Outcome::ok(false)
    }
}

/// Asks for another run.
struct Later;

impl Module for Later {
    fn info(&self) -> ModuleInfo {
        info("test.own.later")
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        cx.signals.requeue_after(args.text("time").unwrap());
        Outcome::ok(false)
    }
}

/// Writes a status key of the Foo `name`, as `k8s_status` does.
struct OwnStatus;

impl Module for OwnStatus {
    fn info(&self) -> ModuleInfo {
        info("test.own.status")
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        let cluster = cx.extensions.get::<Cluster>().unwrap();
        let name = args.text("name").unwrap();
        let patch = json!({"status": {"test": "hello world"}});
        let options = WriteOptions { subresource: Some("status".into()), ..WriteOptions::default() };
        let done = cluster.block_on(async {
            let r = cluster.resolve("example.com/v1", "Foo").await?;
            cluster.patch(&r, super::NS, &name, PatchKind::Merge, &patch, &options).await
        });
        done.map_or_else(|error| Outcome::failed(error.to_string()), |_| Outcome::ok(false))
    }
}
