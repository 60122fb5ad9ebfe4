# Every target works in a bare clone: it first sets up what it needs.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
unexport SPARK_HOME SPARK_CONF_DIR PYTHONPATH PYTHONHOME  # another Spark or Python of the user

CODE = schemas transforms lake explore glue emr airflow/dags deploy/airflow deploy/aws local_aws demo data_samples benchmarks tests tools
WORKERS ?= 2  # pytest processes, each with a Spark of its own
ARGS ?=
S3A_TESTS = tests/jobs_s3
AWS_TESTS = $(S3A_TESTS) tests/local_aws tests/demo tests/redshift tests/deploy
PROVEN_ALIKE = tests/bad_inputs/test_cases.py tests/jobs/test_calibration.py  # their files are compared on both Sparks by test-sail
OTHERS = $(AWS_TESTS) tests/sail tests/yarn tests/dags tests/pipeline tests/install  # have targets of their own
FAST_TESTS = tests/transforms tests/schemas tests/lake/jobs tests/lake/publication tests/jobs/test_samples.py tests/jobs/test_command.py
# With what is about no engine, which CI runs on Sail alone (tests/nightly.py).
SAIL_TESTS = tests/sail tests/explore/test_samples.py $(addprefix tests/jobs/test_,expire.py faults.py repeated_trips.py repeats.py)
in_current = export PATH="$$PWD/.venv/bin:$$PATH";
in_previous = export PATH="$$PWD/.venv-previous/bin:$$PATH";
in_airflow = export PATH="$$PWD/.venv-airflow/bin:$$PATH";

.PHONY: help setup setup-report setup-previous setup-airflow setup-sail s3-jars s3-jars-previous yarn-jars check format test \
	test-previous test-fast test-sail test-sail-next test-aws test-aws-previous test-yarn yarn-current yarn-previous test-airflow \
	test-pipeline test-install test-recipes mutate run report demo ui package bench deploy dags host destroy stack-named docs lock clean

help:  ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*  ## /\1\t/p' Makefile | while IFS=$$'\t' read -r name text; do \
		printf '  %-17s %s\n' "$$name" "$$text"; done

setup:  ## .venv: Python 3.11, Spark 4.1.1, a Java where there is none, linters
	@tools/setup_venv.sh .venv spark-4.1 check deploy awsglue

setup-report: setup  ## into .venv, what `python -m lake sql, diff, quarantine, report` need
	@tools/setup_venv.sh .venv report

setup-previous:  ## .venv-previous: Spark 3.5.6
	@tools/setup_venv.sh .venv-previous spark-3.5 awsglue

setup-airflow:  ## .venv-airflow: Airflow 3.3 and the Amazon provider
	@tools/setup_venv.sh .venv-airflow airflow

setup-sail: setup  ## into .venv: Sail, the engine of `--engine sail`
	@tools/setup_venv.sh .venv sail

s3-jars: setup  ## .cache/s3-jars/4.1/jars: what Spark 4.1 needs for s3://
	@$(in_current) python -m tools.jars s3 4.1

s3-jars-previous: setup-previous  ## the same for Spark 3.5
	@$(in_current) python -m tools.jars s3 3.5

yarn-jars: setup setup-previous  ## .cache/yarn-jars: a YARN for tests, of the Hadoop of each Spark
	@$(in_current) python -m tools.jars yarn 4.1
	@$(in_current) python -m tools.jars yarn 3.5

check: setup  ## style, types, who imports whom, and what must not be committed; changes nothing
	@$(in_current) ruff check $(CODE)
	@$(in_current) ruff format --check $(CODE) || { echo "make format mends that"; exit 1; }
	@$(in_current) mypy $(CODE)
	@$(in_current) told=$$(lint-imports --no-cache --no-logo) || { echo "$$told"; exit 1; }  # it prints the kept contracts too
	@$(in_current) shellcheck --check-sourced .ci/run $$(git ls-files 'tools/*.sh' 'tests/*.sh' 'deploy/airflow/*.sh' ':!*/lib/*')
	@$(in_current) git ls-files -z --cached --others --exclude-standard | xargs -0 python tools/banned.py

format: setup  ## rewrite the code in the house style
	@$(in_current) ruff check --fix $(CODE) || true
	@$(in_current) ruff format $(CODE)

test: setup-report  ## transforms and jobs on Spark 4.1 (ARGS="-k name" for some)
	@tools/setup_venv.sh .venv install-test
	@$(in_current) python -m pytest -n $(WORKERS) --dist loadfile $(OTHERS:%=--ignore=%) \
		--junitxml=build/reports/spark-4.1.xml $(ARGS)

test-previous: setup-previous  ## the tests that need Spark, on Spark 3.5
	@$(in_previous) python -m pytest -m spark -n $(WORKERS) --dist loadfile $(OTHERS:%=--ignore=%) \
		--ignore=tests/explore $(PROVEN_ALIKE:%=--ignore=%) --junitxml=build/reports/spark-3.5.xml $(ARGS)

test-aws: s3-jars s3-jars-previous  ## jobs on S3; the local AWS account; the demo; the stack of deploy/aws
	@$(in_current) python -m pytest -n $(WORKERS) --dist loadfile $(AWS_TESTS) \
		--junitxml=build/reports/aws.xml $(ARGS)

test-aws-previous: s3-jars-previous  ## jobs on S3 on Spark 3.5
	@$(in_previous) python -m pytest -m spark -n $(WORKERS) --dist loadfile $(S3A_TESTS) \
		--junitxml=build/reports/aws-previous.xml $(ARGS)

test-yarn: s3-jars s3-jars-previous yarn-jars setup-airflow  ## the EMR step and the Glue job on a real YARN, on both Sparks
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=line yarn-current yarn-previous

yarn-current:
	@$(in_current) python -m pytest tests/yarn --junitxml=build/reports/yarn.xml $(ARGS)

yarn-previous:
	@$(in_previous) python -m pytest tests/yarn --junitxml=build/reports/yarn-previous.xml $(ARGS)

test-airflow: s3-jars setup-airflow  ## the DAGs, in Airflow's own environment
	@$(in_airflow) python -m pytest tests/dags --junitxml=build/reports/airflow.xml $(ARGS)

test-pipeline: s3-jars setup-airflow  ## all of it: the DAG under a real scheduler, on the local AWS account
	@$(in_airflow) python -m pytest tests/pipeline --junitxml=build/reports/pipeline.xml $(ARGS)

test-install: s3-jars  ## installs an Airflow host ON THIS MACHINE, breaks it, removes it: as root, on a disposable machine only
	@tools/setup_venv.sh .venv install-test
	@$(in_current) python -m pytest tests/install -o filterwarnings=default --junitxml=build/reports/install.xml $(ARGS)

test-fast: setup-sail  ## transforms and the jobs on the samples, on Sail: no Java, under a minute
	@$(in_current) python -m pytest -n $(WORKERS) --dist loadfile --engine sail $(FAST_TESTS) \
		-m "not s3 and not slow and not calibration" $(ARGS)

test-sail: setup-sail setup-previous setup-report  ## where Sail differs from Spark, and that both engines, on both Sparks, give the same rows
	@$(in_current) python -m pytest $(SAIL_TESTS) --engine sail --junitxml=build/reports/sail.xml $(ARGS)

test-sail-next: setup-previous  ## the same with the newest release of Sail, in an environment of its own
	@tools/setup_venv.sh .cache/sail-next spark-4.1 report sail
	@.cache/sail-next/bin/python -m pip --disable-pip-version-check install --quiet --upgrade pysail
	@export PATH="$$PWD/.cache/sail-next/bin:$$PATH"; pip list | grep -i pysail; python -m pytest $(SAIL_TESTS) --engine sail $(ARGS)

test-recipes: setup-sail  ## follow the recipes of CONTRIBUTING.md, kept as patches: ARGS="flag layout", or all
	@$(in_current) tools/test_recipes.sh $(ARGS)

mutate: setup-sail  ## break the code on purpose and name what no test notices: ARGS="lake/publication/drift.py"; all takes many hours
	@tools/setup_venv.sh .cache/mutation mutation
	@$(in_current) python -m tools.mutate $(ARGS)

run: setup  ## the pipeline on generated samples, into build/samples
	@$(in_current) tools/run_samples.sh

report: setup-report  ## build/report.html of the samples (runs the jobs first, if they were not)
	@$(in_current) [ -e build/samples/aggregate ] || tools/run_samples.sh
	@$(in_current) python -m lake report --lake build/samples --out build/report.html

demo: s3-jars setup-airflow setup-report  ## the whole of it, twice: Airflow, Glue, EMR, Redshift, on this machine; and its price
	@$(in_current) exec python -m demo $(ARGS)

ui: s3-jars setup-airflow  ## the same with Airflow's pages, on 127.0.0.1:8080, until Ctrl-C
	@$(in_current) exec python -m demo --ui $(ARGS)

package: setup  ## build/nyc-green-taxi-HASH.zip, what Glue and EMR are given; the same bytes every time
	@$(in_current) python tools/package.py

bench: setup  ## speed and memory beside the alternatives
	@tools/setup_venv.sh .venv bench sail
	@$(in_current) python -m benchmarks $(ARGS)

stack-named:
	@[ -n "$(STACK)" ] || { echo "error: no stack is named: make $(firstword $(MAKECMDGOALS)) STACK=green-taxi" >&2; exit 2; }

deploy: stack-named setup  ## the stack in your AWS account: STACK=name, ARGS="--set AlarmEmail=... --yes"
	@$(in_current) python -m deploy.aws.stack deploy --stack "$(STACK)" $(ARGS)

dags: stack-named setup  ## publish the DAGs of this checkout for Airflow's host: STACK=name
	@$(in_current) python -m deploy.aws.stack dags --stack "$(STACK)" $(ARGS)

host: stack-named setup  ## what to type on Airflow's host to install it there: STACK=name
	@$(in_current) python -m deploy.aws.stack host --stack "$(STACK)" $(ARGS)

destroy: stack-named setup  ## all of it gone, data included: STACK=name
	@$(in_current) python -m deploy.aws.stack destroy --stack "$(STACK)" $(ARGS)

docs: setup  ## the data dictionary, from schemas/; the page of defects, from data_samples/
	@$(in_current) python -m schemas docs
	@$(in_current) python -m data_samples.defects_page

lock:  ## compile requirements/*.in (UPGRADE=1: to the newest versions)
	@tools/lock.sh

clean:  ## remove everything that can be made again
	rm -rf .venv .venv-previous .venv-airflow .cache build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
