//! `kubernetes.core.k8s_cp`
mod tar;

use super::common::connection::{self, CONNECTION_OPTIONS};
use super::common::failure::{Failure, Result};
use super::common::options::{self, Kind, Opt, Options, Rule, Spec, options};
use super::common::{at, outcome};
use rolewright_cluster::{Cluster, ExecOutput};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use serde_json::{Map, Value as Json};
use std::path::{Component, Path, PathBuf};

pub(crate) struct K8sCp;

const OPTIONS: &[Opt] = &[
    Opt::new("namespace", Kind::Str).required(),
    Opt::new("pod", Kind::Str).required(),
    Opt::new("container", Kind::Str),
    Opt::new("remote_path", Kind::Str).required(),
    Opt::new("local_path", Kind::Str),
    Opt::new("content", Kind::Str),
    Opt::new("state", Kind::Str).choices(&["to_pod", "from_pod"]),
    Opt::new("no_preserve", Kind::Bool),
];

const SPEC: Spec = Spec {
    module: "kubernetes.core.k8s_cp",
    options: options!(OPTIONS, CONNECTION_OPTIONS),
    rules: &[Rule::Exclusive(&["local_path", "content"])],
};

impl Module for K8sCp {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["k8s_cp", "community.kubernetes.k8s_cp"]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args).unwrap_or_else(|failure| failure.outcome())
    }
}

fn run(cx: &TaskContext<'_>, args: &Args) -> Result<Outcome> {
    let options = options::read(&SPEC, args).map_err(Failure::new)?;
    let from_pod = options.text("state") == Some("from_pod");
    let (content, local) = (options.filled("content"), options.filled("local_path"));
    if from_pod && local.is_none() {
        return Err(Failure::new("state is from_pod but all of the following are missing: local_path"));
    }
    if content.is_none() && local.is_none() {
        return Err(Failure::new("one of the following is required: local_path, content"));
    }
    let local = local.map(|local| if from_pod { PathBuf::from(local) } else { find(cx, local) });
    let cluster = connection::cluster(cx, &options).map_err(Failure::new)?;
    cluster.block_on(async {
        let copy = Copy::prepare(&cluster, &options).await?;
        if cx.check_mode {
            return Ok(done(format!("{} would be copied", copy.remote)));
        }
        match (from_pod, local, content) {
            (true, Some(local), _) => copy.fetch(&local).await,
            (_, Some(local), _) => copy.send(&local, options.flag("no_preserve", false)).await,
            (_, None, content) => copy.send_content(content.unwrap_or_default()).await,
        }
    })
}

/// As it stands when it is there, else among the files of role and play.
fn find(cx: &TaskContext<'_>, local: &str) -> PathBuf {
    let path = PathBuf::from(local);
    if path.exists() { path } else { cx.find("files", local).unwrap_or(path) }
}

fn done(result: String) -> Outcome {
    outcome(Map::from_iter([("changed".to_owned(), true.into()), ("result".to_owned(), result.into())]))
}

struct Copy<'a> {
    cluster: &'a Cluster,
    namespace: &'a str,
    pod: &'a str,
    container: String,
    remote: &'a str,
}

impl<'a> Copy<'a> {
    async fn prepare(cluster: &'a Cluster, options: &'a Options) -> Result<Self> {
        let text = |name: &str| options.text(name).unwrap_or_default();
        let (namespace, pod) = (text("namespace"), text("pod"));
        let about = format!("Namespace={namespace} Kind=Pod Name={pod}: Failed requested object: ");
        let pods = cluster.resolve("v1", "Pod").await.map_err(|error| Failure::api(&about, &error))?;
        let found = cluster.get(&pods, Some(namespace), pod).await;
        let object = found
            .map_err(|error| Failure::api_with_status(&about, &error))?
            .ok_or_else(|| super::missing(&about, "pods", pod))?;
        let container = container(&object, options.filled("container"))?;
        Ok(Self { cluster, namespace, pod, container, remote: text("remote_path") })
    }

    async fn exec(&self, command: &[&str], input: Option<&[u8]>) -> Result<ExecOutput> {
        let command: Vec<String> = command.iter().map(|part| (*part).to_owned()).collect();
        let ran = self.cluster.exec(self.namespace, self.pod, Some(&self.container), &command, input).await;
        ran.map_err(|error| Failure::new(format!("Failed to copy object due to: {error}")))
    }

    async fn is(&self, test: &str) -> Result<bool> {
        Ok(self.exec(&["test", test, self.remote], None).await?.code == 0)
    }

    async fn send(&self, local: &Path, no_preserve: bool) -> Result<Outcome> {
        if !local.exists() {
            return Err(Failure::new(format!("{} does not exist in local filesystem", local.display())));
        }
        let target = if self.is("-d").await? {
            let name = local.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            format!("{}/{name}", self.remote.trim_end_matches('/'))
        } else {
            self.remote.to_owned()
        };
        let archive = tar::archive(local, &target)
            .map_err(|error| Failure::new(format!("{} not readable: {error}", local.display())))?;
        self.unpack(&archive, no_preserve).await?;
        Ok(done(format!("{} successfully copied into remote Pod into {}", local.display(), self.remote)))
    }

    async fn send_content(&self, content: &str) -> Result<Outcome> {
        if self.is("-d").await? {
            let message = "When content is specified, remote path should not be an existing directory";
            return Err(Failure::new(message));
        }
        self.unpack(&tar::archive_content(content.as_bytes(), self.remote), false).await?;
        Ok(done(format!("Content successfully copied into {} on remote Pod", self.remote)))
    }

    async fn unpack(&self, archive: &[u8], no_preserve: bool) -> Result<()> {
        let mut command = vec!["tar"];
        if no_preserve {
            command.extend(["--no-same-permissions", "--no-same-owner"]);
        }
        command.extend(["-xmf", "-"]);
        if self.remote.starts_with('/') {
            command.extend(["-C", "/"]);
        }
        let ran = self.exec(&command, Some(archive)).await?;
        if ran.code == 0 && ran.stderr.is_empty() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&ran.stderr).into_owned();
        Err(Failure::new(format!("Failed to copy local file/directory into Pod due to: {words}")))
    }

    async fn fetch(&self, local: &Path) -> Result<Outcome> {
        if !self.is("-e").await? {
            return Err(Failure::new(format!("{} does not exist in remote pod filesystem", self.remote)));
        }
        let remote = self.remote.trim_end_matches('/');
        let name = Path::new(remote).file_name().unwrap_or_default();
        let root = if local.is_dir() { local.join(name) } else { local.to_owned() };
        if self.is("-d").await? {
            let files = self.files().await?;
            for file in &files {
                let below = file.strip_prefix(remote).unwrap_or(file).trim_start_matches('/');
                self.fetch_one(file, &below_root(&root, below)?).await?;
            }
            if files.is_empty() {
                let mut outcome = done(format!("{remote} holds no files"));
                outcome.changed = false;
                outcome.warnings.push(format!("No file found from directory '{remote}' into remote Pod."));
                return Ok(outcome);
            }
        } else {
            self.fetch_one(remote, &root).await?;
        }
        Ok(done(format!("{} successfully copied locally into {}", self.remote, local.display())))
    }

    async fn files(&self) -> Result<Vec<String>> {
        let ran = self.exec(&["find", self.remote, "-type", "f"], None).await?;
        if ran.code != 0 {
            let words = String::from_utf8_lossy(&ran.stderr).into_owned();
            return Err(Failure::new(format!("Failed to copy file from Pod: {words}")));
        }
        Ok(String::from_utf8_lossy(&ran.stdout).lines().map(str::to_owned).filter(|line| !line.is_empty()).collect())
    }

    async fn fetch_one(&self, remote: &str, local: &Path) -> Result<()> {
        let ran = self.exec(&["cat", remote], None).await?;
        let fail = |words: String| Failure::new(format!("Failed to copy file from Pod: {words}"));
        if ran.code != 0 {
            return Err(fail(String::from_utf8_lossy(&ran.stderr).into_owned()));
        }
        if let Some(parent) = local.parent() {
            std::fs::create_dir_all(parent).map_err(|error| fail(error.to_string()))?;
        }
        std::fs::write(local, &ran.stdout).map_err(|error| fail(format!("{}: {error}", local.display())))
    }
}

/// The pod names its files; it must not place them elsewhere on this machine.
fn below_root(root: &Path, below: &str) -> Result<PathBuf> {
    let path = Path::new(below);
    if path.components().all(|part| matches!(part, Component::Normal(_))) {
        return Ok(root.join(path));
    }
    Err(Failure::new(format!("Failed to copy file from Pod: the pod names a file outside of its directory: {below}")))
}

/// The container that was named, or the only one.
fn container(pod: &Json, named: Option<&str>) -> Result<String> {
    let statuses: Vec<&Json> = ["initContainerStatuses", "containerStatuses"]
        .into_iter()
        .flat_map(|key| at(pod, &["status", key]).as_array().into_iter().flatten())
        .collect();
    let name = |status: &Json| status["name"].as_str().unwrap_or_default().to_owned();
    let Some(named) = named else {
        return match statuses.as_slice() {
            [one] => Ok(name(one)),
            [] => Err(Failure::new("Pod has no started container")),
            _ => Err(Failure::new("Pod contains more than 1 container, option 'container' should be set")),
        };
    };
    let status = statuses.iter().find(|status| name(status) == named);
    let status = status.ok_or_else(|| Failure::new(format!("Pod has no container {named}")))?;
    if status["started"] == false {
        return Err(Failure::new(format!("Pod container {named} is not started")));
    }
    Ok(named.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn containers() {
        let pod =
            json!({"status": {"containerStatuses": [{"name": "a", "started": true}, {"name": "b", "started": false}]}});
        let one = json!({"status": {"containerStatuses": [{"name": "a"}]}});
        let rows = [
            (&one, None, Ok("a")),
            (&pod, Some("a"), Ok("a")),
            (&pod, None, Err("Pod contains more than 1 container, option 'container' should be set")),
            (&pod, Some("b"), Err("Pod container b is not started")),
            (&pod, Some("c"), Err("Pod has no container c")),
        ];
        for (pod, named, wanted) in rows {
            let found = container(pod, named).map_err(|failure| failure.msg);
            assert_eq!(found.as_deref().map_err(String::as_str), wanted);
        }
    }

    #[test]
    fn pods_cannot_write_elsewhere() {
        assert!(below_root(Path::new("/t"), "a/b").is_ok());
        assert!(below_root(Path::new("/t"), "../x").is_err());
        assert!(below_root(Path::new("/t"), "/etc/passwd").is_err());
    }
}
