"""What trackers themselves read of a run, as JSON: python read_with_trackers.py
tensorboard|dvc|csv|trackio FOLDER, or mlflow ADDRESS EXPERIMENT (of the runs of an experiment)."""

import json
import os
import sys


def tensorboard(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(folder, size_guidance={"scalars": 0})
    events.Reload()
    return {tag: [[one.step, one.value] for one in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def dvc(folder):
    from dvc.repo import Repo

    os.chdir(folder)
    repo = Repo.init(no_scm=True) if not os.path.exists(".dvc") else Repo()
    read = {
        "metrics": repo.metrics.show()[""]["data"]["metrics.json"]["data"],
        "params": repo.params.show()[""]["data"]["params.yaml"]["data"],
    }
    plots = repo.plots.show()
    read["plots"] = plots_of(plots)
    return read


def plots_of(plots):
    """Points by file of what `dvc plots show` gets."""
    sources = plots.get("workspace", {}).get("sources", {}).get("data", {})
    return {name: source["data"] for name, source in sources.items()}


def csv(folder):
    import pandas

    table = pandas.read_csv(os.path.join(folder, "metrics.csv"))
    return {name: [None if value != value else value for value in table[name].tolist()] for name in table.columns}


def trackio(folder):
    os.environ["TRACKIO_DIR"] = os.path.join(folder, "trackio")
    import trackio as package
    from trackio.sqlite_storage import SQLiteStorage

    package.import_csv(os.path.join(folder, "metrics.csv"), project="project", name="run")
    return SQLiteStorage.get_logs("project", "run")


def mlflow(address, experiment):
    from mlflow.tracking import MlflowClient

    client = MlflowClient(address)
    found = client.get_experiment_by_name(experiment)
    return [run_of(client, run) for run in client.search_runs([found.experiment_id])]


def run_of(client, run):
    courses = {name: client.get_metric_history(run.info.run_id, name) for name in run.data.metrics}
    return {
        "name": run.info.run_name,
        "status": run.info.status,
        "params": run.data.params,
        "tags": run.data.tags,
        "metrics": {name: [[one.step, one.value] for one in course] for name, course in courses.items()},
    }


if __name__ == "__main__":
    readers = {"tensorboard": tensorboard, "dvc": dvc, "csv": csv, "trackio": trackio, "mlflow": mlflow}
    sys.stdout.write("\n" + json.dumps(readers[sys.argv[1]](*sys.argv[2:])))
