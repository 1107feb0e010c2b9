//! Which resource types hold data: the one table that plan, apply, adopt, drift, recover and destroy use.

/// The data that is lost with a deleted or replaced resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Only settings: the template creates the same again.
    Nothing,
    /// Copies of what went through the pipeline. An update that deletes them must be accepted; that they are deleted with
    /// the whole pipeline is shown, and needs no acceptance.
    Copies,
    /// Data that exists nowhere else, or may not: an unknown type counts as one of these.
    Data,
}

/// The data of a resource of this type.
#[must_use]
pub fn holds(resource_type: &str) -> Holds {
    if COPIES.contains(&resource_type) {
        return Holds::Copies;
    }
    let settings = STATELESS_SERVICES.iter().any(|service| resource_type.starts_with(service))
        || STATELESS.contains(&resource_type);
    if settings { Holds::Nothing } else { Holds::Data }
}

/// Whether a resource with this `DeletionPolicy` is retained when its stack is deleted, or leaves a snapshot. With
/// `RetainExceptOnCreate` it is, once its creation has succeeded.
#[must_use]
pub fn outlives(deletion_policy: Option<&str>) -> bool {
    matches!(deletion_policy, Some("Retain" | "RetainExceptOnCreate" | "Snapshot"))
}

/// A nested stack: it holds what its own resources hold.
pub const NESTED_STACK: &str = "AWS::CloudFormation::Stack";

const COPIES: [&str; 3] = ["AWS::Events::Archive", "AWS::Logs::LogGroup", "AWS::Logs::LogStream"];

/// Services whose types store nothing that is not in their template.
const STATELESS_SERVICES: [&str; 3] = ["AWS::ApplicationAutoScaling::", "AWS::CDK::", "AWS::IAM::"];

/// Types that store nothing that is not in their template. Deliberately missing: types that store messages, rows,
/// objects, keys, secrets, users, images, backups or volumes, and custom resources, whose effects only their author
/// knows.
const STATELESS: [&str; 83] = [
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::VpcLink",
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Deployment",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::AutoScaling::LaunchConfiguration",
    "AWS::AutoScaling::ScalingPolicy",
    "AWS::Budgets::Budget",
    "AWS::Chatbot::SlackChannelConfiguration",
    "AWS::CloudFormation::Macro",
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::AnomalyDetector",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::CloudWatch::MetricStream",
    "AWS::CodeBuild::Project",
    "AWS::CodePipeline::Pipeline",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::Events::ApiDestination",
    "AWS::Events::EventBus",
    "AWS::Events::EventBusPolicy",
    "AWS::Events::Rule",
    "AWS::KMS::Alias",
    "AWS::Lambda::Alias",
    "AWS::Lambda::CodeSigningConfig",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::LayerVersionPermission",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Url",
    "AWS::Lambda::Version",
    "AWS::Logs::Destination",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::QueryDefinition",
    "AWS::Logs::ResourcePolicy",
    "AWS::Logs::SubscriptionFilter",
    "AWS::Pipes::Pipe",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicInlinePolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueueInlinePolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::StepFunctions::StateMachine",
    "AWS::StepFunctions::StateMachineAlias",
    "AWS::StepFunctions::StateMachineVersion",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_resource_types_count_as_data() {
        for data in [
            "AWS::Backup::BackupVault",
            "AWS::CloudFormation::Stack",
            "AWS::Cognito::UserPool",
            "AWS::DocDB::DBCluster",
            "AWS::DynamoDB::GlobalTable",
            "AWS::DynamoDB::Table",
            "AWS::ECR::Repository",
            "AWS::FSx::FileSystem",
            "AWS::KMS::Key",
            "AWS::MemoryDB::Cluster",
            "AWS::Neptune::DBCluster",
            "AWS::Redshift::Cluster",
            "AWS::S3::Bucket",
            "AWS::SQS::Queue",
            "AWS::SSM::Parameter",
            "AWS::Timestream::Table",
            "AWS::Tomorrow::Service",
            "Custom::Migration",
        ] {
            assert_eq!(holds(data), Holds::Data, "{data}");
        }
        assert_eq!(holds("AWS::Events::Archive"), Holds::Copies);
        assert_eq!(holds("AWS::IAM::ManagedPolicy"), Holds::Nothing);
        assert!(STATELESS.is_sorted() && COPIES.is_sorted() && STATELESS_SERVICES.is_sorted());
    }

    /// Types whose names suggest that they store something.
    #[test]
    fn no_resource_type_named_like_a_store_is_stateless() {
        let stores = [
            "Bucket",
            "Cluster",
            "Database",
            "Key",
            "Queue",
            "Repository",
            "Secret",
            "Store",
            "Table",
            "Vault",
        ];
        let ours = ["AWS::EC2::RouteTable"];
        for stateless in STATELESS.iter().filter(|stateless| !ours.contains(stateless)) {
            let noun = stateless.rsplit("::").next().unwrap_or_default();
            assert!(!stores.iter().any(|store| noun.ends_with(store)), "{stateless}");
        }
    }
}
