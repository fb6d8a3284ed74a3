"""The image of scripts/container, with Podman: whoever runs it, as process 1 and without rights. And
the pods of scripts/cluster, made from its manifest: Podman has neither StatefulSets nor Jobs."""

import json
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import unittest

import elsewhere
from elsewhere import make_debian, need, readme_command, ROOT
from programs import ProgramTest, wait_until

MODELS = sorted(path.stem for path in (ROOT / "client/models").glob("*.cpp"))
BARE = ("--read-only", "--cap-drop", "all", "--user", "65534", "--network", "none")


def podman(*arguments, **options):
    return elsewhere.run("podman", *arguments, **options).strip()


def pods():
    """The pods that Kubernetes would make."""
    import yaml
    for file in ("servers.yaml", "clients.yaml"):
        for made in yaml.safe_load_all((ROOT / "scripts/cluster" / file).read_text()):
            count = made["spec"].get("replicas", made["spec"].get("completions", 0))
            for i in range(count):
                text = json.dumps(made["spec"]["template"]["spec"]).replace("$(JOB_COMPLETION_INDEX)", str(i))
                yield {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"{made['metadata']['name']}-{i}"},
                       "spec": json.loads(text)}


class Containers(ProgramTest):
    WATCHDOG = 900

    @classmethod
    def setUpClass(cls):
        need("podman", "runc", "debootstrap")
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        # In folders of its own, so that it meets no other container, image or network.
        settings = {
            "CONTAINERS_CONF": f'''
                [engine]
                runtime = "runc"
                cgroup_manager = "cgroupfs"
                events_logger = "file"
                lock_type = "file"
                tmp_dir = "{cls.folder}/state"
                [network]
                network_config_dir = "{cls.folder}/networks"
                [containers]
                default_ulimits = ["nofile={files}:{files}", "nproc=4096:4096"]''',
            "CONTAINERS_STORAGE_CONF": f'''
                [storage]
                driver = "overlay"
                graphroot = "{cls.folder}/images"
                runroot = "{cls.folder}/run"'''}
        for name, text in settings.items():
            os.environ[name] = f"{cls.folder}/{name}"
            pathlib.Path(os.environ[name]).write_text(text)
        for command in (["umount", f"{cls.folder}/images/overlay"], ["podman", "rmi", "--all", "--force"]):
            cls.addClassCleanup(subprocess.run, command, capture_output=True)
        make_debian("trixie", f"{cls.folder}/debian")
        elsewhere.run("bash", "-c", f"tar -C {cls.folder}/debian -c . | podman import --quiet - debian:trixie-slim")
        shutil.rmtree(f"{cls.folder}/debian")
        tried = subprocess.run(["podman", "run", "--rm", "--network", "none", "debian:trixie-slim", "true"],
                               capture_output=True, text=True)
        if tried.returncode != 0:
            raise unittest.SkipTest(f"Podman cannot run a container here: {tried.stderr[-300:]}")
        cls.build, cls.race = readme_command("docker build -t slow-poetry").replace("docker", "podman").split(" && ")
        elsewhere.run(*cls.build.replace("podman build", "podman build --network host").split(), cwd=ROOT)

    def start(self, *arguments):
        name = podman("run", "--detach", *arguments)
        self.addCleanup(podman, "rm", "--force", "--time", "0", name)
        return name

    def said(self, name):
        return subprocess.run(["podman", "logs", name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout

    def end(self, name, code):
        """Tells process 1 to end, which must do so by itself."""
        podman("kill", "--signal", "TERM", name)
        self.assertEqual(podman("wait", name), str(code), self.said(name))

    def test_the_image_holds_nothing_but_programs_and_poems(self):
        name = podman("create", "slow-poetry")
        self.addCleanup(podman, "rm", name)
        listed = elsewhere.run("bash", "-c", f"podman export {name} | tar -t").split()
        ours = {path for path in listed if not path.endswith("/") and path.startswith("usr/")}
        programs = {"usr/bin/slowpoetry", "usr/bin/poetry-race", "usr/bin/poetry-figure",
                    *(f"usr/bin/get-poetry-{model}" for model in MODELS)}
        poems = {f"usr/share/slow-poetry/poems/{path.name}" for path in (ROOT / "server/poems").iterdir()}
        self.assertEqual(ours - {"usr/share/doc/slow-poetry/LICENSE"}, programs | poems)
        # The rest are the places at which Podman mounts something.
        rest = {path.split("/")[0] for path in listed} - {"usr"}
        self.assertLessEqual(rest, {"dev", "etc", "proc", "run", "sys", "."})

    def test_the_server_serves_whoever_runs_it_and_obeys_as_process_1(self):
        server = self.start(*BARE, "slow-poetry")
        wait_until(lambda: "warning" in self.said(server))
        said = self.said(server)
        self.assertIn("Serving poems/the-slow-train.txt on 0.0.0.0:10000", said)
        self.assertIn("0.0.0.0 is not a loopback address, others can connect", said)
        for _ in range(3):
            podman("exec", server, "get-poetry-processes", "--quiet", "10001-10002")
        processes = [line.split() for line in podman("top", server, "state", "args").splitlines()[1:]]
        self.assertEqual(processes, [["S", *json.loads(podman("inspect", server))[0]["Config"]["Cmd"]]])
        self.end(server, 0)

    def test_every_client_obeys_as_process_1(self):
        server = self.start(*BARE, "slow-poetry", "slowpoetry", "--port", "10000", "--delay", "1s", "the-kettle")
        beside = ("--read-only", "--cap-drop", "all", "--user", "1000", "--network", f"container:{server}")
        for model in MODELS:
            with self.subTest(model):
                client = self.start(*beside, "slow-poetry", f"get-poetry-{model}", "--verbose", "10000")
                wait_until(lambda: "10 bytes" in self.said(client), lambda: self.said(client))
                self.end(client, 143)

    def test_the_race_writes_its_page_into_a_mounted_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            command = self.race.replace("$PWD", folder).replace('"', "").split()
            at = command.index("slow-poetry")
            race = subprocess.run([*command[:at], *BARE, *command[at:], "--models", "blocking,async,processes"],
                                  capture_output=True, text=True)
            self.assertIn("met: every poem arrives complete", race.stdout, race.stderr)
            self.assertEqual(os.listdir(folder), ["report.html"])

    def test_the_race_leaves_no_zombie_and_obeys_as_process_1(self):
        race = self.start(*BARE, "--volume", "/tmp", "slow-poetry", "poetry-race", "--out", "/tmp", "--delay", "10ms",
                          "--models", "async,processes", "--runs", "99")
        wait_until(lambda: "Run 4 of" in self.said(race), lambda: self.said(race))
        wait_until(lambda: "Z" not in podman("top", race, "state").split()[1:])
        self.end(race, 143)

    def test_the_pods_of_the_manifest_read_from_their_servers(self):
        need("iptables", "ip", "nsenter", "jq")
        # What Podman sets up between pods stays behind: rules with which the system then tracks every
        # connection. So the pods' network is one of its own.
        network = f"poetry-pods-{os.getpid()}"
        elsewhere.run("ip", "netns", "add", network)
        self.addCleanup(elsewhere.run, "ip", "netns", "del", network)

        def kube(*arguments):
            elsewhere.run("nsenter", f"--net=/run/netns/{network}", "podman", "kube", *arguments)

        aliases = []
        for pod in pods():
            name, spec = pod["metadata"]["name"], pod["spec"]
            spec["hostAliases"] = aliases
            file = f"{self.folder}/{name}.json"
            pathlib.Path(file).write_text(json.dumps(pod))
            kube("play", file)
            self.addCleanup(kube, "down", file)
            if name.startswith("poetry-"):
                infra = json.loads(podman("pod", "inspect", name))["InfraContainerID"]
                networks = json.loads(podman("inspect", infra))[0]["NetworkSettings"]["Networks"]
                aliases.append({"ip": next(iter(networks.values()))["IPAddress"], "hostnames": [f"{name}.poetry"]})
                podman("exec", f"{name}-server", *spec["containers"][0]["readinessProbe"]["exec"]["command"])
        clients = [f"{pod['metadata']['name']}-client" for pod in pods() if "readers" in pod["metadata"]["name"]]
        self.assertEqual([podman("wait", client) for client in clients], ["0"] * 3)
        logs = "".join(self.said(client) for client in clients)
        self.assertEqual(len(logs.splitlines()), 3)
        jq = readme_command("kubectl logs").split(" | ", 1)[1]
        sums = json.loads(elsewhere.run("bash", "-c", jq, input=logs))
        self.assertEqual((sums["pods"], sums["ok"], sums["failed"], sums["bytes"]), (3, 300, 0, 300 * 3003))
