//! The same in the types of the SDK, made only when it is sent: each of them takes ten times as much memory.

use aws_sdk_securityhub::types as sdk;

use super::{Asff, Cvss, Details, Package, RecordState, Resource, Vulnerability};

impl From<&Asff> for sdk::AwsSecurityFinding {
    fn from(asff: &Asff) -> Self {
        let provider = &asff.finding_provider_fields;
        let severity = sdk::FindingProviderSeverity::builder()
            .label(provider.severity.label.into())
            .set_original(provider.severity.original.clone())
            .build();
        let provided = sdk::FindingProviderFields::builder()
            .set_confidence(provider.confidence.map(i32::from))
            .severity(severity)
            .set_types(Some(provider.types.clone()))
            .build();
        let remediation = asff.remediation.as_ref().map(|remediation| {
            let recommendation = sdk::Recommendation::builder()
                .set_text(remediation.recommendation.text.clone())
                .set_url(remediation.recommendation.url.clone())
                .build();
            sdk::Remediation::builder()
                .recommendation(recommendation)
                .build()
        });
        let compliance = asff.compliance.as_ref().map(|compliance| {
            sdk::Compliance::builder()
                .status(compliance.status.into())
                .build()
        });
        let fields = asff.product_fields.iter();
        let fields = fields
            .map(|(name, text)| ((*name).to_owned(), text.clone()))
            .collect();
        let vulnerabilities = &asff.vulnerabilities;
        let vulnerabilities = (!vulnerabilities.is_empty())
            .then(|| vulnerabilities.iter().map(vulnerability).collect());
        Self::builder()
            .schema_version(asff.schema_version)
            .id(&asff.id)
            .product_arn(&asff.product_arn)
            .product_name(asff.product_name)
            .company_name(asff.company_name)
            .region(&asff.region)
            .generator_id(&asff.generator_id)
            .aws_account_id(&asff.aws_account_id)
            .first_observed_at(asff.first_observed_at.to_string())
            .last_observed_at(asff.last_observed_at.to_string())
            .created_at(asff.created_at.to_string())
            .updated_at(asff.updated_at.to_string())
            .title(&asff.title)
            .description(&asff.description)
            .set_remediation(remediation)
            .set_source_url(asff.source_url.clone())
            .set_product_fields(Some(fields))
            .set_resources(Some(asff.resources.iter().map(resource).collect()))
            .set_vulnerabilities(vulnerabilities)
            .set_compliance(compliance)
            .record_state(match asff.record_state {
                RecordState::Active => sdk::RecordState::Active,
                RecordState::Archived => sdk::RecordState::Archived,
            })
            .finding_provider_fields(provided)
            .build()
    }
}

fn resource(resource: &Resource) -> sdk::Resource {
    let partition = resource.partition.as_deref().map(sdk::Partition::from);
    sdk::Resource::builder()
        .r#type(&resource.kind)
        .id(&resource.id)
        .set_partition(partition)
        .set_region(resource.region.clone())
        .set_details((!resource.details.is_empty()).then(|| details(&resource.details)))
        .build()
}

fn details(details: &Details) -> sdk::ResourceDetails {
    let container = details.container.as_ref().map(|container| {
        sdk::ContainerDetails::builder()
            .set_image_id(container.image_id.clone())
            .set_image_name(container.image_name.clone())
            .build()
    });
    let ecr = details.aws_ecr_container_image.as_ref().map(|image| {
        sdk::AwsEcrContainerImageDetails::builder()
            .registry_id(&image.registry_id)
            .repository_name(&image.repository_name)
            .image_digest(&image.image_digest)
            .build()
    });
    let other = details.other.iter();
    let other = other
        .map(|(name, text)| ((*name).to_owned(), text.clone()))
        .collect();
    sdk::ResourceDetails::builder()
        .set_container(container)
        .set_aws_ecr_container_image(ecr)
        .set_other((!details.other.is_empty()).then_some(other))
        .build()
}

fn vulnerability(known: &Vulnerability) -> sdk::Vulnerability {
    let vendor = known.vendor.as_ref().map(|vendor| {
        sdk::VulnerabilityVendor::builder()
            .name(&vendor.name)
            .set_vendor_severity(vendor.vendor_severity.clone())
            .build()
    });
    let some = |texts: &Vec<String>| (!texts.is_empty()).then(|| texts.clone());
    let cvss = (!known.cvss.is_empty()).then(|| known.cvss.iter().map(cvss).collect());
    sdk::Vulnerability::builder()
        .id(&known.id)
        .set_vulnerable_packages(Some(
            known.vulnerable_packages.iter().map(package).collect(),
        ))
        .set_cvss(cvss)
        .set_related_vulnerabilities(some(&known.related_vulnerabilities))
        .set_vendor(vendor)
        .set_reference_urls(some(&known.reference_urls))
        .set_fix_available(known.fix_available.map(Into::into))
        .set_epss_score(known.epss_score)
        .set_exploit_available(known.exploit_available.map(Into::into))
        .build()
}

fn package(package: &Package) -> sdk::SoftwarePackage {
    sdk::SoftwarePackage::builder()
        .name(&package.name)
        .set_version(package.version.clone())
        .set_package_manager(package.package_manager.clone())
        .set_file_path(package.file_path.clone())
        .set_fixed_in_version(package.fixed_in_version.clone())
        .build()
}

fn cvss(rating: &Cvss) -> sdk::Cvss {
    sdk::Cvss::builder()
        .set_version(rating.version.clone())
        .set_base_score(rating.base_score)
        .set_base_vector(rating.base_vector.clone())
        .set_source(rating.source.clone())
        .build()
}
