//! Templates of CloudFormation, parsed: what each resource says, and whom each policy lets do what.
