//! Notifications over Amazon SNS.

use aws_sdk_sns::types::MessageAttributeValue;

use crate::connection::Connection;
use crate::error::{Action, AwsError, Cause};

/// Most bytes of a message ("Publish", SNS API reference).
const MESSAGE: usize = 256 << 10;

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Subject of a mail; at most 100 printable characters of ASCII.
    pub subject: &'a str,
    /// The message.
    pub text: &'a str,
    /// What filters of subscriptions can look at.
    pub attributes: &'a [(&'a str, &'a str)],
    /// Names the message: a topic in order (FIFO) takes it once within five minutes.
    pub id: &'a str,
    /// In what order of a FIFO topic it stands.
    pub group: &'a str,
}

/// Whether a text is the name of a topic: `arn:PARTITION:sns:REGION:ACCOUNT:NAME`.
#[must_use]
pub fn is_topic(arn: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    match parts.as_slice() {
        ["arn", partition, "sns", region, account, name] => {
            let digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
            digits && ![partition, region, name].iter().any(|part| part.is_empty())
        }
        _ => false,
    }
}

/// Sends a message to a topic, in the topic's own region.
///
/// # Errors
/// When it was not taken. SNS delivers at least once: who tries again may have sent it twice.
pub fn notify(connection: &Connection, topic: &str, message: &Message<'_>) -> Result<(), AwsError> {
    let action = || Action::on("sns:Publish", topic);
    let refused = |text: String| AwsError {
        action: action(),
        cause: Cause::Service {
            code: "InvalidParameter".to_owned(),
            message: text,
        },
    };
    let Some(region) = topic.split(':').nth(3).filter(|_| is_topic(topic)) else {
        return Err(refused(format!("`{topic}` is not the ARN of a topic")));
    };
    if message.text.len() > MESSAGE {
        return Err(refused(format!(
            "the message has {} bytes, {MESSAGE} are taken",
            message.text.len()
        )));
    }
    let config = aws_sdk_sns::config::Builder::from(connection.config())
        .region(aws_config::Region::new(region.to_owned()))
        .build();
    let mut call = aws_sdk_sns::Client::from_conf(config)
        .publish()
        .topic_arn(topic)
        .subject(message.subject)
        .message(message.text);
    for (name, value) in message
        .attributes
        .iter()
        .filter(|(_, value)| !value.is_empty())
    {
        let text = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(*value)
            .build();
        let text = text.map_err(|error| refused(error.to_string()))?;
        call = call.message_attributes(*name, text);
    }
    if topic.ends_with(".fifo") {
        call = call
            .message_group_id(message.group)
            .message_deduplication_id(message.id);
    }
    connection.call(action, call.send()).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_named_by_its_whole_arn() {
        assert!(is_topic(
            "arn:aws:sns:eu-central-1:123456789012:gate-verdicts.fifo"
        ));
        for text in [
            "",
            "gate-verdicts",
            "arn:aws:sns:eu-central-1:123456789012",
            "arn:aws:sqs:eu-central-1:123456789012:gate",
            "arn:aws:sns::123456789012:gate",
            "arn:aws:sns:eu-central-1:12345678901x:gate",
            "arn:aws:sns:eu-central-1:123456789012:gate:subscription",
        ] {
            assert!(!is_topic(text), "{text}");
        }
    }
}
