# Every command of this project. `make help` lists them.

SWIFT_FLAGS := --explicit-target-dependency-import-check error
SOURCES := Sources Tests Package.swift $(wildcard Benchmarks/Sources Benchmarks/Package.swift) \
	$(wildcard FuzzTesting/Sources FuzzTesting/Package.swift) \
	$(wildcard Simulation/Sources Simulation/Package.swift)
COMMIT := $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)

.DEFAULT_GOAL := help
.PHONY: help setup build test lint format check demo release bench fuzz determinism simulate faults

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## install the system packages that are missing
	@.ci/setup

build: setup ## build everything (debug)
	swift build $(SWIFT_FLAGS)

test: setup ## run every test
	swift build --build-tests $(SWIFT_FLAGS)
	@# Deadlines are tested by themselves; the rest a few at a time, where this Swift can.
	SWIFT_BACKTRACE=enable=no swift test --skip-build --filter ListenerTests
	SWIFT_BACKTRACE=enable=no swift test --skip-build --skip ListenerTests \
		$$(swift test --help-hidden 2>&1 | grep -q maximum-parallelization-width \
			&& echo --experimental-maximum-parallelization-width 4)

lint: ## check the format strictly
	swift format lint --strict --parallel --configuration .swift-format --recursive $(SOURCES)

format: ## format the sources in place
	swift format --in-place --parallel --configuration .swift-format --recursive $(SOURCES)

check: lint test ## lint and test

demo: setup ## see it work: a sandbox, a batch of transactions, a dry run, approvals
	swift build $(SWIFT_FLAGS) --product countersign
	swift build $(SWIFT_FLAGS) --product custody-sandbox
	@docs/demo/run "$$(swift build --show-bin-path)"

release: setup ## build the program to ship, with a static Swift runtime
	swift build $(SWIFT_FLAGS) -c release --product countersign --static-swift-stdlib \
		-Xlinker -z -Xlinker now -Xcc '-DCOUNTERSIGN_COMMIT="$(COMMIT)"'
	@echo "built $$(swift build -c release --show-bin-path)/countersign"

bench: setup ## measure approvals per second, memory and the time of a decision
	@Benchmarks/run

determinism: setup ## decide the recorded cases again, in release and in other places (after make test)
	@Tests/determinism

simulate: setup ## play 20,000 seeds of faults in a model of everything, then find each planted mistake
	@Simulation/run

faults: setup ## strike the release build: kills, errors, power cuts, full disks, flipped bytes
	swift build $(SWIFT_FLAGS) -c release --product countersign
	swift build $(SWIFT_FLAGS) -c release --product custody-sandbox
	@Tests/faults/run $(FAULTS)

fuzz: setup ## fuzz the JSON reader and the policy's loader, 60 s each
	@FuzzTesting/run
