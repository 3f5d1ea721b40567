//! Running commands in containers, and reading their logs.
use crate::error::chain;
use crate::path::{self, Query};
use crate::{Cluster, Error, Result};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, AttachParams};
use serde_json::Value as Json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What a command in a container left behind.
#[derive(Clone, Debug, Default)]
pub struct ExecOutput {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// The command's exit code.
    pub code: i64,
    /// The server's Status.
    pub status: Json,
}

impl Cluster {
    /// Runs a command in a container (the first one when none is named), with `input` on its standard input.
    pub async fn exec(
        &self,
        namespace: &str,
        pod: &str,
        container: Option<&str>,
        command: &[String],
        input: Option<&[u8]>,
    ) -> Result<ExecOutput> {
        let pods: Api<Pod> = Api::namespaced(self.shared.client.clone(), namespace);
        let mut parameters =
            AttachParams::default().stdin(input.is_some()).stdout(true).stderr(true).max_stdin_buf_size(1024 * 1024);
        if let Some(container) = container {
            parameters = parameters.container(container);
        }
        self.count("create");
        let mut process = pods.exec(pod, command.to_vec(), &parameters).await.map_err(exec_error)?;
        let (stdin, stdout, stderr) = (process.stdin(), process.stdout(), process.stderr());
        let status = process.take_status();
        let write = async {
            if let (Some(mut stdin), Some(input)) = (stdin, input) {
                // A command that does not read its input is no error.
                let _ = stdin.write_all(input).await;
                let _ = stdin.shutdown().await;
            }
        };
        let ((), stdout, stderr) = tokio::join!(write, read(stdout), read(stderr));
        let status = match status {
            Some(status) => status.await,
            None => None,
        };
        let status = serde_json::to_value(status).unwrap_or_default();
        Ok(ExecOutput { stdout, stderr, code: exit_code(&status), status })
    }
}

impl Cluster {
    /// The log of a container (of the only one when none is named).
    pub async fn log(
        &self,
        namespace: &str,
        pod: &str,
        container: Option<&str>,
        since_seconds: Option<u64>,
        previous: bool,
        tail_lines: Option<i64>,
    ) -> Result<String> {
        let pods = self.resolve("v1", "Pod").await?;
        let query = Query::default()
            .set_some("container", container)
            .set_some("sinceSeconds", since_seconds.map(|seconds| seconds.to_string()).as_deref())
            .set_if(previous, "previous", "true")
            .set_some("tailLines", tail_lines.map(|lines| lines.to_string()).as_deref());
        self.raw("GET", &query.after(&path::of(&pods, Some(namespace), Some(pod), Some("log"))), None).await
    }
}

async fn read(stream: Option<impl tokio::io::AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        // What was read before an error still counts.
        let _ = stream.read_to_end(&mut bytes).await;
    }
    bytes
}

fn exec_error(error: kube::Error) -> Error {
    match &error {
        kube::Error::Api(status) => {
            let status = serde_json::to_value(status).unwrap_or_default();
            Error::from_status(status, 500, "exec in the pod")
        }
        _ => Error::Other(chain(&error)),
    }
}

/// Zero on success, else what the Status' causes say; -1 when the command could not be run at all.
fn exit_code(status: &Json) -> i64 {
    if status["status"] == "Success" {
        return 0;
    }
    let causes = status["details"]["causes"].as_array();
    let code = causes.into_iter().flatten().find(|cause| cause["reason"] == "ExitCode");
    code.and_then(|cause| cause["message"].as_str()?.parse().ok()).unwrap_or(-1)
}
