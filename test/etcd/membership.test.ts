import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memberOf } from "../../src/etcd/member.js";
import { membershipOf } from "../../src/etcd/membership.js";
import { mayAdd, mayRemove } from "../../src/etcd/quorum.js";
import { imageVersion, kubeadmVersion } from "../../src/etcd/version.js";
import type { KubeObject } from "../../src/kube/json.js";
import { etcdPod } from "./support.js";

function kubeSystem(annotations: Record<string, string>): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system", annotations } };
}

const state = (pods: readonly KubeObject[], annotations: Record<string, string> = {}) =>
  membershipOf("c", pods, kubeSystem(annotations), 7n);

const DOWN = { "fake-apiserver/etcd-member": "stopped" };
const LEARNER = { "fake-apiserver/etcd-learner": "true" };

describe("members", () => {
  it("are the etcd pods of nodes that have been started and not removed", () => {
    const pods = [
      etcdPod("b", {}),
      etcdPod("a", { phase: "Pending" }),
      etcdPod("c", { annotations: { "fake-apiserver/etcd-member": "removed" } }),
      { ...etcdPod("d", {}), spec: { nodeName: "other" } },
    ];
    const { members } = state(pods);
    expect(members).toMatchObject([
      { name: "b", peerUrls: ["https://192.0.2.98:2380"], clientUrls: ["https://192.0.2.98:2379"], running: true },
    ]);
  });

  it("have ids of their cluster and name", () => {
    const [pod, other] = [etcdPod("a", {}), etcdPod("b", {})];
    expect(memberOf("c", pod)?.id).toBe(memberOf("c", etcdPod("a", { phase: "Failed" }))?.id);
    expect(new Set([memberOf("c", pod)?.id, memberOf("d", pod)?.id, memberOf("c", other)?.id]).size).toBe(3);
  });

  it("take the place that has been made for them", () => {
    const added = JSON.stringify([{ id: "2a", peerURLs: ["https://192.0.2.97:2380"], learner: true }]);
    const before = state([etcdPod("b", {})], { "fake-apiserver/etcd-added": added });
    expect(before.members.map(({ name, id }) => [name, id])).toContainEqual(["", 42n]);
    const after = state([etcdPod("b", {}), etcdPod("a", {})], { "fake-apiserver/etcd-added": added });
    expect(after.members.find(({ name }) => name === "a")).toMatchObject({ id: 42n, learner: true });
    expect(after.added).toEqual([]);
    expect(after.news.adopted).toHaveLength(1);
  });

  it("bear with annotations that are nonsense", () => {
    for (const text of ["{", "7", '[{"id":"x"}]', '[null,{"id":"1","peerURLs":[1]}]']) {
      expect(
        state([etcdPod("a", {})], { "fake-apiserver/etcd-added": text, "fake-apiserver/etcd-term": "x" }),
      ).toMatchObject({ added: [], term: 2n, leader: { name: "a" } });
    }
  });
});

describe("the leader", () => {
  it("is the oldest until there is a vote, and stays while it can", () => {
    const old = etcdPod("b", { made: "2023-01-01T00:00:00Z" });
    expect(state([etcdPod("a", {}), old])).toMatchObject({ leader: { name: "b" }, term: 2n, news: { elected: true } });
    const kept = { "fake-apiserver/etcd-leader": "a", "fake-apiserver/etcd-term": "5" };
    expect(state([etcdPod("a", {}), old], kept)).toMatchObject({
      leader: { name: "a" },
      term: 5n,
      news: { elected: false },
    });
    const down = [etcdPod("a", { annotations: DOWN }), old, etcdPod("c", {})];
    expect(state(down, kept)).toMatchObject({ leader: { name: "b" }, term: 6n, news: { elected: true } });
  });

  it("is written down only where there could be another", () => {
    expect(state([etcdPod("a", {})])).toMatchObject({ leader: { name: "a" }, news: { elected: false } });
  });

  const pod = fc.record({
    name: fc.constantFrom("a", "b", "c", "d", "e"),
    phase: fc.constantFrom("Running", "Running", "Failed", "Pending"),
    annotations: fc.constantFrom({}, {}, DOWN, LEARNER),
  });
  const pods = fc
    .uniqueArray(pod, { selector: ({ name }) => name })
    .map((list) => list.map(({ name, ...part }) => etcdPod(name, part)));

  it("is one voter that runs, whenever a majority does, and nobody else", () => {
    fc.assert(
      fc.property(pods, fc.constantFrom("", "a", "b"), (list, kept) => {
        const { members, leader } = state(list, kept === "" ? {} : { "fake-apiserver/etcd-leader": kept });
        const voters = members.filter(({ learner }) => !learner);
        const running = voters.filter((member) => member.running);
        if (running.length * 2 > voters.length) expect(running).toContainEqual(leader);
        else expect(leader).toBeUndefined();
      }),
    );
  });

  it("is still there after a removal that is allowed", () => {
    fc.assert(
      fc.property(pods, fc.nat(4), fc.nat(4), (list, which, local) => {
        const { members } = state(list);
        const [gone, asked] = [members[which], members[local]];
        if (gone === undefined || !asked?.running) return;
        try {
          mayRemove(members, gone.id, asked.id);
        } catch {
          return;
        }
        const left = list.filter((each) => each.metadata.name !== `etcd-${gone.name}`);
        expect(state(left).leader).toBeDefined();
      }),
    );
  });
});

describe("changes of the membership", () => {
  const refused = (act: () => void) => {
    try {
      act();
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };

  it("are refused as etcd refuses them", () => {
    const up = (...names: string[]) => names.map((name) => etcdPod(name, {}));
    const three = state(up("a", "b", "c")).members;
    const [id, local] = [three[0]!.id, three[1]!.id];
    expect(refused(() => mayRemove(three, id, local))).toBe("");
    expect(refused(() => mayRemove(three, 42n, local))).toBe("etcdserver: member not found");
    const one = state(up("a")).members;
    expect(refused(() => mayRemove(one, one[0]!.id, one[0]!.id))).toBe(
      "etcdserver: re-configuration failed due to not enough started members",
    );
    const lame = state([...up("a", "b"), etcdPod("c", { annotations: DOWN })]).members;
    const named = (name: string) => lame.find((member) => member.name === name)!.id;
    expect(refused(() => mayRemove(lame, named("a"), named("b")))).toBe("etcdserver: unhealthy cluster");
    expect(refused(() => mayRemove(lame, named("c"), named("b")))).toBe("");
    const newcomer = { id: 1n, peerUrls: ["https://192.0.2.200:2380"], learner: false };
    expect(refused(() => mayAdd(three, newcomer))).toBe("");
    expect(refused(() => mayAdd(lame, newcomer))).toBe("etcdserver: unhealthy cluster");
    expect(refused(() => mayAdd(three, { ...newcomer, id }))).toBe("etcdserver: member ID already exist");
    expect(refused(() => mayAdd(three, { ...newcomer, peerUrls: three[2]!.peerUrls }))).toBe(
      "etcdserver: Peer URLs already exists",
    );
    const taught = state([...up("a", "b"), etcdPod("c", { annotations: LEARNER })]).members;
    expect(refused(() => mayAdd(taught, { ...newcomer, learner: true }))).toBe(
      "etcdserver: too many learner members in cluster",
    );
  });
});

describe("the version", () => {
  it("is the image's, or what kubeadm brings", () => {
    const image = (text: string): KubeObject => ({ ...etcdPod("a", {}), spec: { containers: [{ image: text }] } });
    expect(imageVersion(image("registry.k8s.io/etcd:3.5.24-0"))).toBe("3.5.24");
    expect(imageVersion(image("localhost:5000/x/etcd:v3.6.5"))).toBe("3.6.5");
    expect(imageVersion(image("etcd"))).toBeUndefined();
    expect(["v1.33.1", "v1.34.0", "v1.35.2", ""].map(kubeadmVersion)).toEqual(["3.5.24", "3.6.5", "3.6.5", "3.6.5"]);
  });
});
