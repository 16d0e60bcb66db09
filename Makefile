# zombiectl. `make` alone lists the targets.
.DEFAULT_GOAL := help
.PHONY: help build exporter share install image scan test race kernel containers prometheus runtimes lint fuzz soak bench bench-peers bench-init bench-watch generate fixtures verify ci clean
.DELETE_ON_ERROR:

GO       ?= go
FUZZTIME ?= 10s
# Of each Fuzz function in make soak.
SOAKTIME ?= 100s
# Set to name a release; otherwise the binary knows its version from the module.
VERSION  ?=

MODULE           := github.com/zombiectl/zombiectl
GOLANGCI_VERSION := 2.15.0
GOLANGCI_MODULE  := github.com/golangci/golangci-lint/v2
GOLANGCI         := bin/tools/golangci-lint
# Where there is an init, the program begins in its code: see pid1/entry.
ENTRY            := $(if $(filter linux/amd64 linux/arm64,$(shell $(GO) env GOOS)/$(shell $(GO) env GOARCH)),-E=zombiectl_entry)
LDFLAGS          := -s -w $(ENTRY) $(if $(VERSION),-X $(MODULE)/cmd.version=$(VERSION))

help: ## tell what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the static binary: bin/zombiectl
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "$(LDFLAGS)" -o bin/zombiectl ./cmd/zombiectl

image: ## the container image, for amd64 and arm64: localhost/zombiectl:latest (needs podman or buildah)
	GO='$(GO)' VERSION='$(VERSION)' image/build

exporter: ## the exporter for Prometheus: bin/zombiectl-exporter
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w $(if $(VERSION),-X main.release=$(VERSION))" -o bin/zombiectl-exporter ./cmd/zombiectl-exporter

# The pages for man and the completion for shells are made when they are installed,
# not kept: they bear the version, and cannot be stale. They are made by this
# machine, whatever the program is built for.
share: ## the pages for man and the completion for shells: bin/share
	GOOS= GOARCH= $(GO) run ./docs/share bin/share $(VERSION)

PREFIX  ?= /usr/local
DESTDIR ?=

install: build share ## all of it into DESTDIR/PREFIX (/usr/local): program, kubectl plugin, man pages, completion
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/share'
	install -m 755 bin/zombiectl '$(DESTDIR)$(PREFIX)/bin/zombiectl'
	ln -sf zombiectl '$(DESTDIR)$(PREFIX)/bin/kubectl-zombies'
	ln -sf zombiectl '$(DESTDIR)$(PREFIX)/bin/kubectl_complete-zombies'
	cp -R bin/share/. '$(DESTDIR)$(PREFIX)/share/'

scan: build ## a report of the bundled incident, and one of this machine
	@bin/zombiectl scan --demo
	@printf '\n--- this machine ---\n\n'
	@bin/zombiectl scan

# Each package by itself, so that its result is printed at once: `go test ./...`
# prints them in their order, and holds back all that come after a slow one. Their
# common packages are built before, once.
test: ## all tests that need neither root nor a network
	$(GO) build ./...
	@packages=$$($(GO) list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...) && \
	echo "$$packages" | xargs -n 1 -P "$$(getconf _NPROCESSORS_ONLN)" $(GO) test -timeout 20m || { \
		echo 'test: error: a package failed, or could not be built: see FAIL above' >&2; exit 1; }

# These start the program anew in scene after scene, which takes ten times as long
# under the race detector: make kernel runs them. The tests that remain
# cover the concurrent parts: looks, recordings, watches, commands, reaping.
SWEEPS := ^(TestCauses|TestScript(Alone|AtPidsMax|Unprivileged)?|TestRecordedEqualsLive|TestReapScenes|TestReapTenThousand|TestLive|TestWatchReapsAsPID1|TestTeardownByFreezer|TestCaptureAnywhere|TestEvidence|TestTenThousandZombies|TestTracerThread|TestPidsMax.*|TestUserLimit|TestPS|TestHostile|TestSimulate.*|TestFrozenV1|TestContainerNames)$$

race: ## tests under the race detector (needs cgo and a C compiler)
	CGO_ENABLED=1 $(GO) test -race -timeout 20m -skip '$(SWEEPS)' ./...

kernel: ## the tests as root and as nobody: each must run as one of them (needs root)
	@.ci/kernel

containers: ## the tests with containers of a real engine (needs root, podman and runc)
	@.ci/containers/run

prometheus: ## a real Prometheus scrapes the exporter; its alert fires and is resolved (needs root)
	@.ci/prometheus

runtimes: ## real runtimes, servers and inits as PID 1 (needs root, and the programs)
	@.ci/runtimes

# The version in the binary is asked, not the file's name: a new pin takes effect.
lint: ## golangci-lint, that its bans bite, no large cycles of files, vet, gofmt, and that it builds elsewhere
	@$(GOLANGCI) version --short 2>/dev/null | grep -qx '$(GOLANGCI_VERSION)' || { \
		echo 'installing golangci-lint $(GOLANGCI_VERSION) into bin/tools'; \
		GOBIN='$(CURDIR)/bin/tools' $(GO) install $(GOLANGCI_MODULE)/cmd/golangci-lint@v$(GOLANGCI_VERSION); }
	$(GOLANGCI) run ./...
	.ci/bans $(GOLANGCI)
	$(GO) test -count=1 ./.ci/cycles
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "gofmt: $$unformatted"; exit 1; }
	$(GO) vet ./...
	GOOS=darwin $(GO) vet ./...
	GOARCH=arm64 $(GO) vet ./...
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 $(GO) build ./...
	CGO_ENABLED=0 GOARCH=arm64 $(GO) build ./...

fuzz: ## every Fuzz function for FUZZTIME (10s)
	@GO='$(GO)' .ci/fuzz $(FUZZTIME)

soak: ## the long ones: half an hour of fuzzing in all, and tests tagged soak
	$(MAKE) fuzz FUZZTIME=$(SOAKTIME)
	ZOMBIECTL_TEST_AGES=1s,10s,60s $(GO) test -tags soak -count 1 -p 1 -timeout 3h ./...

bench: ## the benchmarks of the packages
	$(GO) test -run '^$$' -bench . -benchmem ./...

bench-peers: ## a scan against the floor, ps, pstree and check_procs (needs root)
	bench/peers

bench-init: build ## an init against tini, dumb-init and catatonit, some 4 minutes (needs root)
	@CGO_ENABLED=0 $(GO) build -trimpath -o bin/bench/init ./bench/init
	@bin/bench/init bin/zombiectl

bench-watch: ## what it costs to watch 32,000 processes, a minute (needs root)
	bench/watch

generate: ## write anew what is written by programs, and tidy go.mod
	$(GO) generate ./...
	$(GO) run ./docs/gen
	$(GO) mod tidy

fixtures: ## record the fixtures anew from real processes (needs root)
	$(GO) run ./fixtures/record

verify: ## fail when generated files are stale or CHANGELOG.md is out of form
	@.ci/verify

ci: ## everything that must hold, on a fresh Debian machine (needs root)
	.ci/run

clean: ## remove what was built
	rm -rf bin dist
	rm -f coverage*
