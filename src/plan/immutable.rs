/// Properties CloudFormation cannot change in place: another value makes another resource. From the resource
/// schemas' `createOnlyProperties`, for the types our templates use, plus `KeySchema`, which is conditional there
/// and always replaces here because our keys have no other form.
const IMMUTABLE: [(&str, &[&str]); 16] = [
    ("AWS::CloudWatch::Alarm", &["AlarmName"]),
    ("AWS::CloudWatch::Dashboard", &["DashboardName"]),
    ("AWS::DynamoDB::Table", &["TableName", "KeySchema"]),
    ("AWS::Events::Archive", &["ArchiveName", "SourceArn"]),
    ("AWS::Events::EventBus", &["Name"]),
    ("AWS::Events::Rule", &["Name", "EventBusName"]),
    ("AWS::IAM::Role", &["RoleName", "Path"]),
    ("AWS::Lambda::Alias", &["Name", "FunctionName"]),
    ("AWS::Lambda::EventSourceMapping", &["EventSourceArn"]),
    ("AWS::Lambda::Function", &["FunctionName", "PackageType"]),
    ("AWS::Lambda::Version", &["CodeSha256", "Description", "FunctionName"]),
    ("AWS::Logs::LogGroup", &["LogGroupName"]),
    ("AWS::Logs::MetricFilter", &["FilterName", "LogGroupName"]),
    ("AWS::SNS::Subscription", &["TopicArn", "Protocol", "Endpoint"]),
    ("AWS::SNS::Topic", &["TopicName", "FifoTopic"]),
    ("AWS::SQS::Queue", &["QueueName", "FifoQueue"]),
];

/// Whether a change at the JSON pointer `path` of a resource makes a new resource.
pub(super) fn replaces(resource_type: &str, path: &str) -> bool {
    let Some(rest) = path.strip_prefix("/Properties/") else { return false };
    let property = rest.split('/').next().unwrap_or(rest);
    IMMUTABLE.iter().any(|(name, properties)| *name == resource_type && properties.contains(&property))
}
