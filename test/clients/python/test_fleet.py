"""The official Python client against a running fleet: list, watch, patch and delete.

    python test_fleet.py [path to the command's bin.js]
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from kubernetes import client, config, watch

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = ROOT / "dist" / "cli" / "bin.js"


class PythonClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="fake-apiserver-python-")
        out = pathlib.Path(cls.folder.name) / "out"
        command = ["node", str(BIN), "--clusters", "2", "--base-port", "0", "--out", str(out), "--log-level", "warn"]
        cls.server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        for _ in range(600):
            if (out / "kubeconfig").exists():
                break
            if cls.server.poll() is not None:
                raise RuntimeError(f"the fleet ended with {cls.server.returncode}")
            time.sleep(0.1)
        cls.api = client.CoreV1Api(config.new_client_from_config(str(out / "kubeconfig"), context="cluster-2"))

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        code = cls.server.wait(30)
        cls.folder.cleanup()
        assert code == 0, f"the fleet ended with {code}"

    def test_nodes(self):
        node = {"metadata": {"name": "n1", "labels": {"zone": "a"}}}
        created = self.api.create_node(node)
        self.assertTrue(created.metadata.uid)
        self.assertEqual([n.metadata.name for n in self.api.list_node(label_selector="zone in (a)").items], ["n1"])
        patched = self.api.patch_node("n1", {"spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}})
        self.assertEqual(patched.spec.taints[0].key, "k")
        ready = [{"type": "Ready", "status": "True"}]
        status = self.api.patch_node_status("n1", {"status": {"conditions": ready}})
        self.assertEqual(status.status.conditions[0].status, "True")
        self.api.delete_node("n1")
        with self.assertRaises(client.ApiException) as missing:
            self.api.read_node("n1")
        self.assertEqual(missing.exception.status, 404)

    def test_watch(self):
        start = self.api.list_namespaced_config_map("default").metadata.resource_version
        seen = []

        def follow():
            stream = watch.Watch().stream(
                self.api.list_namespaced_config_map, "default", resource_version=start, timeout_seconds=20
            )
            for event in stream:
                seen.append((event["type"], event["object"].metadata.name, (event["object"].data or {}).get("k")))
                if event["type"] == "DELETED":
                    return

        follower = threading.Thread(target=follow)
        follower.start()
        self.api.create_namespaced_config_map("default", {"metadata": {"name": "watched"}, "data": {"k": "1"}})
        self.api.patch_namespaced_config_map("watched", "default", {"data": {"k": "2"}})
        self.api.delete_namespaced_config_map("watched", "default")
        follower.join(30)
        expected = [("ADDED", "watched", "1"), ("MODIFIED", "watched", "2"), ("DELETED", "watched", "2")]
        self.assertEqual(seen, expected)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        BIN = pathlib.Path(os.path.abspath(sys.argv.pop()))
    unittest.main()
