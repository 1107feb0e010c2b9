//! The partitions of AWS: their regions, addresses and ARNs.
//!
//! Ids, region patterns and DNS suffixes are those of the SDKs' shared table (botocore 1.43, `data/partitions.json`). The
//! console is beside the sign-in service, whose hosts the SDKs know for every partition (botocore 1.43,
//! `data/signin/2023-01-01/endpoint-rule-set-1.json`): `signin.amazonaws.cn` and `console.amazonaws.cn`.
//! `.ci/check-partitions` compares the table with the newest botocore.
//!
//! The principals that pipectl's templates name need no table. `events`, `lambda`, `cloudwatch` and `sns` are
//! `SERVICE.amazonaws.com` in every partition; only `logs` is `logs.REGION.SUFFIX`, which the template writes with
//! `AWS::URLSuffix`.

/// A part of AWS with accounts, regions and addresses of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    /// The second field of every ARN, and the value of `AWS::Partition`.
    pub id: &'static str,
    /// Prefix of the names of its regions; empty for `aws`, whose names begin with a continent.
    region_prefix: &'static str,
    /// The value of `AWS::URLSuffix`.
    pub dns_suffix: &'static str,
    /// The suffix of hosts that also answer over IPv6.
    pub dual_stack_dns_suffix: &'static str,
    pub console_host: &'static str,
    /// Regions without account-regional names for S3 buckets: there a bucket's name is global. `None`: no region has
    /// them (Amazon S3 User Guide, "Namespaces for general purpose buckets").
    pub regions_with_global_buckets_only: Option<&'static [&'static str]>,
}

/// Every partition. The first one is for every region that no other has, as in the SDKs.
pub const PARTITIONS: [Partition; 8] = [
    Partition {
        id: "aws",
        region_prefix: "",
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        console_host: "console.aws.amazon.com",
        regions_with_global_buckets_only: Some(&["me-south-1", "me-central-1"]),
    },
    Partition {
        id: "aws-cn",
        region_prefix: "cn-",
        dns_suffix: "amazonaws.com.cn",
        dual_stack_dns_suffix: "api.amazonwebservices.com.cn",
        console_host: "console.amazonaws.cn",
        regions_with_global_buckets_only: Some(&[]),
    },
    Partition {
        id: "aws-eusc",
        region_prefix: "eusc-",
        dns_suffix: "amazonaws.eu",
        dual_stack_dns_suffix: "api.amazonwebservices.eu",
        console_host: "console.amazonaws-eusc.eu",
        regions_with_global_buckets_only: Some(&[]),
    },
    Partition {
        id: "aws-iso",
        region_prefix: "us-iso-",
        dns_suffix: "c2s.ic.gov",
        dual_stack_dns_suffix: "api.aws.ic.gov",
        console_host: "console.c2shome.ic.gov",
        regions_with_global_buckets_only: None,
    },
    Partition {
        id: "aws-iso-b",
        region_prefix: "us-isob-",
        dns_suffix: "sc2s.sgov.gov",
        dual_stack_dns_suffix: "api.aws.scloud",
        console_host: "console.sc2shome.sgov.gov",
        regions_with_global_buckets_only: None,
    },
    Partition {
        id: "aws-iso-e",
        region_prefix: "eu-isoe-",
        dns_suffix: "cloud.adc-e.uk",
        dual_stack_dns_suffix: "api.cloud-aws.adc-e.uk",
        console_host: "console.csphome.adc-e.uk",
        regions_with_global_buckets_only: None,
    },
    Partition {
        id: "aws-iso-f",
        region_prefix: "us-isof-",
        dns_suffix: "csp.hci.ic.gov",
        dual_stack_dns_suffix: "api.aws.hci.ic.gov",
        console_host: "console.csphome.hci.ic.gov",
        regions_with_global_buckets_only: None,
    },
    Partition {
        id: "aws-us-gov",
        region_prefix: "us-gov-",
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        console_host: "console.amazonaws-us-gov.com",
        regions_with_global_buckets_only: Some(&[]),
    },
];

impl Partition {
    /// The partition of a region.
    #[must_use]
    pub fn of(region: &str) -> &'static Self {
        let [default, others @ ..] = &PARTITIONS;
        others.iter().find(|partition| region.starts_with(partition.region_prefix)).unwrap_or(default)
    }

    /// Whether buckets of this region can have a name in the account's own namespace.
    #[must_use]
    pub fn has_account_buckets(&self, region: &str) -> bool {
        self.regions_with_global_buckets_only.is_some_and(|without| !without.contains(&region))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A region of each, and all whose names look like another's.
    #[test]
    fn every_region_is_in_its_partition() {
        for (region, id) in [
            ("us-east-1", "aws"),
            ("eu-west-1", "aws"),
            ("mx-central-1", "aws"),
            ("il-central-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("cn-northwest-1", "aws-cn"),
            ("eusc-de-east-1", "aws-eusc"),
            ("us-gov-east-1", "aws-us-gov"),
            ("us-iso-west-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("xx-somewhere-9", "aws"),
        ] {
            assert_eq!(Partition::of(region).id, id, "{region}");
        }
    }

    #[test]
    fn buckets_have_a_namespace_of_the_account_where_s3_offers_one() {
        let has = |region: &str| Partition::of(region).has_account_buckets(region);
        assert!(has("eu-west-1") && has("cn-north-1") && has("us-gov-west-1") && has("eusc-de-east-1"));
        assert!(!has("me-south-1") && !has("me-central-1") && !has("us-iso-east-1"));
    }
}
