//! What `k8s` does with one definition.
mod apply;
mod delete;
mod write;

use super::common::difference;
use super::common::failure::{Failure, Result};
use super::common::hidden::hide;
use super::common::ready::is_ready;
use super::common::wait::{Target, Wait, Waited, Want, wait_for};
use super::common::{FIELD_MANAGER, hash, joined, labels};
use rolewright_cluster::{Cluster, DeleteOptions, Error, ListOptions, PatchKind, Resource, WriteOptions};
use rolewright_run::Cancel;
use serde_json::{Map, Value as Json, json};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    #[default]
    Present,
    Absent,
    Patched,
}

/// The options of a task, for all of its definitions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) state: State,
    pub(crate) apply: bool,
    /// Field manager, and whether to take over fields of others.
    pub(crate) server_side: Option<(String, bool)>,
    pub(crate) force: bool,
    /// Empty: strategic, then merge.
    pub(crate) merge_types: Vec<PatchKind>,
    pub(crate) label_selectors: Vec<String>,
    pub(crate) delete: DeleteOptions,
    pub(crate) append_hash: bool,
    pub(crate) hidden: Vec<String>,
    pub(crate) wait: Option<Wait>,
    pub(crate) check_mode: bool,
    pub(crate) diff: bool,
}

/// What is in the cluster before the write.
#[derive(Clone, Debug)]
pub(crate) enum Existing {
    None,
    One(Json),
    /// By label selectors, without a name.
    Many(Vec<Json>),
}

/// One definition with its place.
pub(crate) struct Subject {
    pub(crate) resource: Resource,
    pub(crate) definition: Json,
    pub(crate) name: Option<String>,
    pub(crate) namespace: Option<String>,
}

pub(crate) struct Actor<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) plan: &'a Plan,
    pub(crate) cancel: &'a Cancel,
}

/// What a write gave.
struct Written {
    method: &'static str,
    before: Option<Json>,
    after: Json,
    /// The server was asked to write.
    sent: bool,
}

/// The result of one definition, and whether anything was sent that may have changed the cluster.
pub(crate) struct Done {
    pub(crate) item: Map<String, Json>,
    pub(crate) wrote: bool,
}

impl Actor<'_> {
    /// The kind of a definition; its names become the canonical ones.
    pub(crate) async fn subject(&self, mut definition: Json) -> Result<Subject> {
        let text = |key: &str| definition[key].as_str().unwrap_or_default().to_owned();
        let resource = match self.cluster.resolve(&text("apiVersion"), &text("kind")).await {
            Ok(resource) => resource,
            Err(error @ Error::UnknownKind(_)) => return Err(Failure::new(error.to_string())),
            Err(error) => return Err(Failure::api("", &error)),
        };
        definition["kind"] = resource.gvk.kind.as_str().into();
        definition["apiVersion"] = resource.gvk.api_version().into();
        if self.plan.append_hash {
            let suffix = hash::suffix(&definition).map_err(Failure::new)?;
            for key in ["name", "generateName"] {
                if let Some(name) = definition["metadata"][key].as_str().filter(|name| !name.is_empty()) {
                    let name = format!("{name}-{suffix}");
                    definition["metadata"][key] = name.into();
                    break;
                }
            }
        }
        let text = |key: &str| definition["metadata"][key].as_str().filter(|t| !t.is_empty()).map(str::to_owned);
        let (name, namespace) = (text("name"), text("namespace").filter(|_| resource.namespaced));
        Ok(Subject { resource, name, namespace, definition })
    }

    pub(crate) async fn existing(&self, subject: &Subject) -> Result<Existing> {
        let Subject { resource, name, namespace, .. } = subject;
        let found = match name {
            Some(name) if resource.supports("get") => {
                let one = self.cluster.get(resource, namespace.as_deref(), name).await;
                one.map(|object| object.map_or(Existing::None, Existing::One))
            }
            None if !self.plan.label_selectors.is_empty() && resource.supports("list") => {
                let options =
                    ListOptions { label_selector: joined(&self.plan.label_selectors), ..ListOptions::default() };
                let list = self.cluster.list(resource, namespace.as_deref(), &options).await;
                list.map(|list| Existing::Many(list.items))
            }
            _ => Ok(Existing::None),
        };
        match found {
            Err(error) if matches!(error.code(), Some(404 | 405)) => Ok(Existing::None),
            Err(error) => Err(Failure::api("Failed to retrieve requested object: ", &error)),
            Ok(found) => Ok(found),
        }
    }

    /// Brings one definition about.
    pub(crate) async fn act(&self, subject: &Subject, existing: Existing) -> Result<Done> {
        let done = match self.plan.state {
            State::Absent => self.absent(subject, existing).await,
            State::Present | State::Patched => self.present(subject, existing).await,
        };
        let mut warnings = self.cluster.take_warnings();
        match done {
            Ok(mut done) => {
                add_warnings(&mut done.item, warnings);
                Ok(done)
            }
            Err(mut failure) => {
                warnings.retain(|warning| !warning.is_empty());
                add_warnings(&mut failure.more, warnings);
                Err(failure)
            }
        }
    }

    async fn present(&self, subject: &Subject, existing: Existing) -> Result<Done> {
        if !self.plan.label_selectors.is_empty() && !labels::matches(&subject.definition, &self.plan.label_selectors) {
            return Ok(filtered(subject));
        }
        let existing = match existing {
            Existing::One(object) => Some(object),
            Existing::None | Existing::Many(_) => None,
        };
        let written = if self.plan.apply {
            self.apply(subject, existing).await?
        } else {
            match existing {
                None if self.plan.state == State::Patched => return Ok(nothing_to_patch(subject)),
                None => self.create(subject).await?,
                Some(live) if self.plan.force => self.replace(subject, live).await?,
                Some(live) => self.patch(subject, live).await?,
            }
        };
        self.finish(subject, written).await
    }

    /// Waits, and says what changed.
    async fn finish(&self, subject: &Subject, written: Written) -> Result<Done> {
        let mut item = Map::new();
        let mut after = written.after;
        let mut waited = None;
        if let Some(wait) = self.plan.wait.as_ref().filter(|_| !self.plan.check_mode) {
            let done = self.wait(subject, wait, &after).await;
            if let Some(object) = done.object() {
                after = object.clone();
            }
            waited = Some(done);
        }
        let change = written.before.as_ref().map(|before| difference::change(before, &after, &self.plan.hidden));
        let changed = change.as_ref().is_none_or(|change| change.changed);
        let mut shown = after.clone();
        hide(&mut shown, &self.plan.hidden);
        item.insert("changed".into(), changed.into());
        item.insert("result".into(), shown);
        item.insert("method".into(), written.method.into());
        if let Some(waited) = &waited {
            item.insert("duration".into(), waited.duration.into());
        }
        if self.plan.diff {
            self.add_diff(&mut item, written.method, change.as_ref(), &after);
        }
        if let Some(warning) = change.and_then(|change| change.warning) {
            add_warnings(&mut item, vec![warning]);
        }
        match waited {
            Some(waited) if !waited.done => Err(timed_out(subject, item)),
            _ => Ok(Done { item, wrote: written.sent && !self.plan.check_mode }),
        }
    }

    /// Creates show no diff, except those of apply.
    fn add_diff(&self, item: &mut Map<String, Json>, method: &str, change: Option<&difference::Change>, after: &Json) {
        match change {
            Some(change) => {
                item.insert("diff".into(), change.diff.clone());
            }
            None if method == "apply" => {
                let mut after = after.clone();
                hide(&mut after, &self.plan.hidden);
                item.insert("diff".into(), json!({"before": {}, "after": after}));
            }
            None => {}
        }
    }

    async fn wait(&self, subject: &Subject, wait: &Wait, after: &Json) -> Waited {
        if is_ready(after, wait.condition.as_ref()) && after.is_object() {
            return Waited { done: true, objects: vec![after.clone()], duration: 0 };
        }
        let name = after["metadata"]["name"].as_str().or(subject.name.as_deref());
        let target = Target {
            cluster: self.cluster,
            resource: &subject.resource,
            namespace: subject.namespace.as_deref(),
            name,
            label_selector: None,
            field_selector: None,
        };
        wait_for(&target, wait, Want::Ready, None, self.cancel).await
    }

    fn write_options(&self) -> WriteOptions {
        WriteOptions {
            dry_run: self.plan.check_mode,
            field_manager: Some(FIELD_MANAGER.into()),
            ..WriteOptions::default()
        }
    }
}

pub(crate) fn add_warnings(item: &mut Map<String, Json>, warnings: Vec<String>) {
    if warnings.is_empty() {
        return;
    }
    if let Some(all) = item.entry("warnings").or_insert_with(|| json!([])).as_array_mut() {
        all.extend(warnings.into_iter().map(Json::from));
    }
}

fn timed_out(subject: &Subject, item: Map<String, Json>) -> Box<Failure> {
    let kind = &subject.resource.gvk.kind;
    let name = subject.name.as_deref().unwrap_or_default();
    let mut failure = Failure::new(format!("\"{kind}\" \"{name}\": Timed out waiting on resource"));
    failure.more = item;
    failure
}

fn unchanged(extra: Map<String, Json>) -> Done {
    let mut item = Map::new();
    item.insert("changed".into(), false.into());
    item.insert("result".into(), json!({}));
    item.extend(extra);
    Done { item, wrote: false }
}

fn or_none(text: Option<&str>) -> &str {
    text.unwrap_or("None")
}

fn filtered(subject: &Subject) -> Done {
    let message = format!(
        "resource 'kind={},name={},namespace={}' filtered by label_selectors.",
        subject.resource.gvk.kind,
        or_none(subject.name.as_deref()),
        or_none(subject.namespace.as_deref())
    );
    unchanged(Map::from_iter([("msg".to_owned(), Json::from(message))]))
}

fn nothing_to_patch(subject: &Subject) -> Done {
    let message = format!(
        "resource 'kind={},name={}' was not found but will not be created as 'state' parameter has been set to 'patched'",
        subject.resource.gvk.kind,
        or_none(subject.name.as_deref())
    );
    unchanged(Map::from_iter([("warnings".to_owned(), json!([message]))]))
}
