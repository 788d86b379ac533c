//! HTTP/1.1 on plain sockets: a server whose answers can be cut off anywhere, and the client that it forwards with.

use std::io::{self, BufReader, Read, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A request as it came: nothing decoded but the lengths.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// An answer; its length is added when it is written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What is written back.
pub(crate) enum Reply {
    Whole(Answer),
    /// The head, and half of the body that it promises.
    Half(Answer),
    /// Nothing: the connection ends.
    Nothing,
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let named = |(n, _): &&(String, String)| n.eq_ignore_ascii_case(name);
    headers.iter().find(named).map(|(_, value)| &**value)
}

impl Request {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        let (method, target) = (method.to_owned(), target.to_owned());
        Self {
            method,
            target,
            ..Self::default()
        }
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// Path without query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

impl Answer {
    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::text(status, "application/json", &body.to_string())
    }

    pub(crate) fn text(status: u16, kind: &str, body: &str) -> Self {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        let body = body.into();
        Self {
            status,
            headers,
            body,
        }
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    pub(crate) fn as_json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

/// A server on a port of its own, until it is dropped. One thread for each connection.
pub(crate) struct Server {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Server {
    pub(crate) fn start(handle: impl Fn(Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let stopped = Arc::new(AtomicBool::new(false));
        let (stop, handle) = (stopped.clone(), Arc::new(handle));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let handle = handle.clone();
                // An error here is a client that went away: killed, or satisfied.
                thread::spawn(move || serve(&stream, &*handle).ok());
            }
        });
        Self { address, stopped }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes who waits for a connection.
        TcpStream::connect(self.address).ok();
    }
}

fn serve(stream: &TcpStream, handle: &impl Fn(Request) -> Reply) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader, stream)? {
        let bodiless = request.method == "HEAD";
        match handle(request) {
            Reply::Whole(answer) => write_answer(stream, &answer, answer.body.len(), bodiless)?,
            Reply::Half(answer) => {
                return write_answer(stream, &answer, answer.body.len() / 2, bodiless);
            }
            Reply::Nothing => break,
        }
    }
    Ok(())
}

fn write_answer(
    mut stream: &TcpStream,
    answer: &Answer,
    of_body: usize,
    bodiless: bool,
) -> io::Result<()> {
    let mut bytes = format!("HTTP/1.1 {} -\r\n", answer.status);
    for (name, value) in &answer.headers {
        bytes += &format!("{name}: {value}\r\n");
    }
    // The answer to HEAD says how long the body would be.
    if !(bodiless && answer.header("content-length").is_some()) && answer.status != 204 {
        bytes += &format!("content-length: {}\r\n", answer.body.len());
    }
    let mut bytes = (bytes + "\r\n").into_bytes();
    if !bodiless {
        bytes.extend_from_slice(&answer.body[..of_body]);
    }
    stream.write_all(&bytes)
}

type Headers = Vec<(String, String)>;

fn read_head(reader: &mut impl io::BufRead) -> io::Result<Option<(String, Headers)>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let first = line.trim_end().to_owned();
    let mut headers = Headers::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_lowercase(), value.trim().to_owned())),
            None => return Ok(Some((first, headers))),
        }
    }
}

fn read_request(
    reader: &mut impl io::BufRead,
    mut stream: &TcpStream,
) -> io::Result<Option<Request>> {
    let Some((first, headers)) = read_head(reader)? else {
        return Ok(None);
    };
    if header(&headers, "expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let mut words = first.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap(), words.next().unwrap_or_default());
    let body = match length(&headers) {
        Length::Of(length) => read_exactly(reader, length)?,
        Length::Chunked => read_chunks(reader)?,
        Length::Unsaid => Vec::new(),
    };
    Ok(Some(Request {
        method,
        target,
        headers,
        body,
    }))
}

enum Length {
    Of(usize),
    Chunked,
    Unsaid,
}

fn length(headers: &Headers) -> Length {
    match header(headers, "content-length") {
        Some(text) => Length::Of(text.parse().unwrap()),
        None if header(headers, "transfer-encoding").is_some() => Length::Chunked,
        None => Length::Unsaid,
    }
}

fn read_exactly(reader: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read_chunks(reader: &mut impl io::BufRead) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let digits = line.trim_end().split(';').next().unwrap_or_default();
        let length = usize::from_str_radix(digits, 16).map_err(io::Error::other)?;
        bytes.extend(read_exactly(reader, length)?);
        line.clear();
        reader.read_line(&mut line)?;
        if length == 0 {
            return Ok(bytes);
        }
    }
}

/// Asks a server and takes its whole answer.
pub(crate) fn ask(address: SocketAddr, request: &Request) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    let mut bytes = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
    const OURS: [&str; 4] = [
        "connection",
        "content-length",
        "expect",
        "transfer-encoding",
    ];
    for (name, value) in request
        .headers
        .iter()
        .filter(|(n, _)| !OURS.contains(&&**n))
    {
        bytes += &format!("{name}: {value}\r\n");
    }
    if request.header("host").is_none() {
        bytes += &format!("host: {address}\r\n");
    }
    bytes += &format!(
        "connection: close\r\ncontent-length: {}\r\n\r\n",
        request.body.len()
    );
    stream.write_all(bytes.as_bytes())?;
    stream.write_all(&request.body)?;
    let mut reader = BufReader::new(&stream);
    let ended = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let (first, mut headers) = read_head(&mut reader)?.ok_or_else(ended)?;
    let status = first.split(' ').nth(1).and_then(|s| s.parse().ok());
    let status = status.ok_or_else(ended)?;
    let mut body = Vec::new();
    if request.method != "HEAD" && status != 204 && status != 304 {
        match length(&headers) {
            Length::Of(length) => body = read_exactly(&mut reader, length)?,
            Length::Chunked => body = read_chunks(&mut reader)?,
            Length::Unsaid => drop(reader.read_to_end(&mut body)?),
        }
        headers.retain(|(name, _)| name != "content-length");
    }
    headers.retain(|(name, _)| name != "connection" && name != "transfer-encoding");
    Ok(Answer {
        status,
        headers,
        body,
    })
}
