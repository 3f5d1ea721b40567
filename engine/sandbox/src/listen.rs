//! The sandbox on TCP.
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Weak};

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tower::Service as _;

use crate::server::Inner;
use crate::service::{Broken, Service};

pub(crate) async fn listen(inner: &Arc<Inner>, address: SocketAddr) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    let (weak, alive) = (Arc::downgrade(inner), inner.server.alive.subscribe());
    tokio::spawn(accept(listener, weak, alive));
    Ok(bound)
}

async fn accept(listener: TcpListener, inner: Weak<Inner>, mut alive: tokio::sync::watch::Receiver<()>) {
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted.map(|(stream, _)| stream),
            _ = alive.changed() => return,
        };
        match stream {
            Ok(stream) => drop(tokio::spawn(serve(stream, inner.clone(), alive.clone()))),
            // Out of file descriptors, most likely: let some close.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    }
}

async fn serve(stream: TcpStream, inner: Weak<Inner>, mut alive: tokio::sync::watch::Receiver<()>) {
    let _ = stream.set_nodelay(true);
    if inner.upgrade().is_none_or(|i| i.server.faults.is_paused()) {
        return;
    }
    let handle = hyper::service::service_fn(move |request| {
        let service = inner.upgrade().map(Service::new);
        async move {
            let mut service = service.ok_or_else(|| io::Error::from(io::ErrorKind::ConnectionReset))?;
            let Ok(response) = service.call(request).await;
            match response.extensions().get::<Broken>() {
                Some(Broken) => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
                None => Ok(response),
            }
        }
    });
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), handle);
    tokio::select! {
        // A client that goes away is no failure of ours.
        _ = connection => {}
        _ = alive.changed() => {}
    }
}

pub(crate) fn write_kubeconfig(address: SocketAddr, path: &Path) -> io::Result<()> {
    let text = format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: sandbox\n  cluster:\n    server: http://{address}\n\
         contexts:\n- name: sandbox\n  context:\n    cluster: sandbox\n    user: sandbox\n    namespace: default\n\
         current-context: sandbox\nusers:\n- name: sandbox\n  user: {{}}\n"
    );
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
}
