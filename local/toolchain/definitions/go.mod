// Kinds of others, as their projects publish them: local/definitions.ts reads them from these modules.
module suoke.life/platform/local/toolchain/definitions

go 1.26.0

require (
	github.com/cert-manager/cert-manager v1.21.2
	github.com/cloudnative-pg/cloudnative-pg v1.30.0
	github.com/cloudnative-pg/plugin-barman-cloud v0.13.0
	github.com/elastic/cloud-on-k8s/v3 v3.5.0
	sigs.k8s.io/gateway-api v1.3.0
)
