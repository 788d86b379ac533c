//! The one address that the program is given for all of AWS: it records every call, hands out faults, and gives the rest to
//! the stub of Security Hub or to moto.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use super::fault::{EMPTY_PAGE, Fault, Give, refusal, rest_json};
use super::http::{Answer, Reply, Request, ask};
use super::hub::Hub;

/// A call as the front saw it.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// As the signature says, such as `securityhub`; empty without a signature.
    pub(crate) service: String,
    /// Name of the action, such as `BatchImportFindings`. For S3 and what is not signed: method and target, such as
    /// `PUT /bucket/records/…`.
    pub(crate) operation: String,
    /// As the signature says.
    pub(crate) region: String,
    /// Whose access key signed.
    pub(crate) account: String,
    pub(crate) request: Request,
    /// What was answered; 0 when the connection was cut before.
    pub(crate) status: u16,
}

impl Call {
    /// Everything that was sent, as text: what must not hold a secret.
    pub(crate) fn text(&self) -> String {
        let Request {
            target,
            headers,
            body,
            ..
        } = &self.request;
        format!("{target}\n{headers:?}\n{}", String::from_utf8_lossy(body))
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.request.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

#[derive(Default)]
pub(super) struct Front {
    pub(super) hub: Hub,
    /// Accounts by access key id.
    pub(super) accounts: Mutex<BTreeMap<String, String>>,
    pub(super) faults: Mutex<Vec<Fault>>,
    pub(super) calls: Mutex<Vec<Call>>,
    pub(super) moto: Option<SocketAddr>,
}

impl Front {
    pub(super) fn handle(&self, request: Request) -> Reply {
        let mut call = self.describe(request);
        let signed = !call.service.is_empty();
        let given: Vec<_> = {
            let mut faults = self.faults.lock().unwrap();
            let met = faults
                .iter_mut()
                .filter_map(|fault| fault.meets(&call).then(|| fault.give.clone()));
            met.collect()
        };
        let mut end: fn(Answer) -> Reply = Reply::Whole;
        let (mut answer, mut after) = (None, Vec::new());
        for give in &given {
            match give {
                Give::Meanwhile(happens) => happens(),
                Give::KillBefore(happens) => {
                    let reply = self.keep(call, 0, Reply::Nothing);
                    happens();
                    return reply;
                }
                Give::KillAfter(happens) => {
                    after.push(happens);
                    end = |_| Reply::Nothing;
                }
                Give::CutBefore => return self.keep(call, 0, Reply::Nothing),
                Give::CutWithin => end = Reply::Half,
                Give::CutAfter => end = |_| Reply::Nothing,
                _ => answer = answer.or_else(|| refusal(give, &call)),
            }
        }
        let unknown = signed && call.account.is_empty();
        let answer = answer.unwrap_or_else(|| match (&*call.service, &*call.operation) {
            _ if unknown => rest_json(
                403,
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            ),
            ("securityhub", _) => self.hub.answer(&call),
            ("sts", "GetCallerIdentity") => caller(&call),
            _ => self.forward(&mut call),
        });
        let status = answer.status;
        let reply = self.keep(call, status, end(answer));
        after.into_iter().for_each(|happens| happens());
        reply
    }

    fn keep(&self, mut call: Call, status: u16, reply: Reply) -> Reply {
        call.status = status;
        self.calls.lock().unwrap().push(call);
        reply
    }

    fn forward(&self, call: &mut Call) -> Answer {
        let Some(moto) = self.moto else {
            let message = format!(
                "no emulator for {}: the test has to ask for moto",
                call.service
            );
            return rest_json(501, "NotEmulated", &message);
        };
        let mut request = call
            .request
            .clone()
            .with("x-moto-account-id", &call.account);
        if let Ok(mut body) = serde_json::from_slice::<serde_json::Value>(&request.body)
            && body["NextToken"] == EMPTY_PAGE
        {
            body.as_object_mut().unwrap().remove("NextToken");
            request.body = body.to_string().into_bytes();
        }
        request.headers.retain(|(name, _)| name != "host");
        let answer = ask(moto, &request).unwrap();
        if (&*call.service, &*call.operation, answer.status) == ("kms", "GetPublicKey", 200) {
            return whole_public_key(moto, &request, answer);
        }
        answer
    }

    fn describe(&self, request: Request) -> Call {
        // `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`
        let authorization = request.header("authorization").unwrap_or_default();
        let scope = authorization
            .split("Credential=")
            .nth(1)
            .unwrap_or_default();
        let scope: Vec<_> = scope
            .split(',')
            .next()
            .unwrap_or_default()
            .split('/')
            .collect();
        let part = |n: usize| scope.get(n).copied().unwrap_or_default().to_owned();
        let (key, region, service) = (part(0), part(2), part(3));
        let account = self
            .accounts
            .lock()
            .unwrap()
            .get(&key)
            .cloned()
            .unwrap_or_default();
        let operation = operation(&service, &request);
        Call {
            service,
            operation,
            region,
            account,
            request,
            status: 0,
        }
    }
}

/// The answer to GetPublicKey with what KMS says in it and moto leaves out: the kind of the key, and its ARN.
fn whole_public_key(moto: SocketAddr, asked: &Request, mut answer: Answer) -> Answer {
    let mut describe = asked.clone();
    describe.headers.retain(|(name, _)| name != "x-amz-target");
    let describe = describe.with("x-amz-target", "TrentService.DescribeKey");
    let described = ask(moto, &describe).unwrap().as_json();
    let mut body = answer.as_json();
    body["KeySpec"] = described["KeyMetadata"]["KeySpec"].clone();
    body["KeyId"] = described["KeyMetadata"]["Arn"].clone();
    answer.body = body.to_string().into_bytes();
    answer
}

/// The name of what is asked.
fn operation(service: &str, request: &Request) -> String {
    let body = String::from_utf8_lossy(&request.body);
    let target = request
        .header("x-amz-target")
        .and_then(|t| t.rsplit('.').next());
    let form = || {
        body.split('&')
            .find_map(|pair| pair.strip_prefix("Action="))
    };
    let rest = || Hub::operation(service, &request.method, request.path());
    let name = target.or_else(form).or_else(rest);
    name.map_or_else(
        || format!("{} {}", request.method, request.target),
        str::to_owned,
    )
}

/// The partition that a region is in.
pub(super) fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// Who asks, as STS says it.
fn caller(call: &Call) -> Answer {
    let Call {
        account, region, ..
    } = call;
    let partition = partition(region);
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:{partition}:sts::{account}:assumed-role/pipeline/build</Arn><UserId>AROATESTER:build</UserId>\
         <Account>{account}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>"
    );
    Answer::text(200, "text/xml", &body)
}

/// What happens before the service sees a call.
pub(crate) fn meanwhile(happens: impl Fn() + Send + Sync + 'static) -> Give {
    Give::Meanwhile(Arc::new(happens))
}
