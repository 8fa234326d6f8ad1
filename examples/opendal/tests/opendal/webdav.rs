//! A WebDAV server on a temporary folder.

use std::{convert::Infallible, net::SocketAddr, path::PathBuf};

use dav_server::{DavHandler, fakels::FakeLs, localfs::LocalFs};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Runtime};

/// A server that stops when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    _runtime: Runtime,
    _folder: TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        runtime.spawn(serve(listener, folder.path().to_owned()));
        Self { address, _runtime: runtime, _folder: folder }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn serve(listener: TcpListener, folder: PathBuf) {
    let files = LocalFs::new(folder, false, false, false);
    let handler = DavHandler::builder().filesystem(files).locksystem(FakeLs::new()).build_handler();
    while let Ok((stream, _)) = listener.accept().await {
        let handler = handler.clone();
        let service = service_fn(move |request| {
            let handler = handler.clone();
            async move { Ok::<_, Infallible>(handler.handle(request).await) }
        });
        // The client sees the error of a connection that breaks off.
        tokio::spawn(async move { http1::Builder::new().serve_connection(TokioIo::new(stream), service).await });
    }
}
