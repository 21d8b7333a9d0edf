// Command node is all that specs about the API need of a scheduler and a kubelet: one ready node, to which every pod is
// bound, where it runs at once without running anything, and from which it goes when it is deleted.
package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	coordination "k8s.io/api/coordination/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

const name = "node-1"

var ctx = context.Background()

func main() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	config.QPS = -1
	client := kubernetes.NewForConfigOrDie(config)
	for beat := (time.Time{}); ; time.Sleep(300 * time.Millisecond) {
		if time.Since(beat) > 10*time.Second {
			tell(heartbeat(client))
			beat = time.Now()
		}
		pods, err := client.CoreV1().Pods("").List(ctx, meta.ListOptions{})
		tell(err)
		if err != nil {
			continue
		}
		for i := range pods.Items {
			tell(advance(client, &pods.Items[i]))
		}
	}
}

// tell says what went wrong; whoever else writes a pod or deletes it may well be first.
func tell(err error) {
	if err != nil && !errors.IsConflict(err) && !errors.IsNotFound(err) {
		fmt.Fprintln(os.Stderr, err)
	}
}

func heartbeat(client *kubernetes.Clientset) error {
	capacity := core.ResourceList{
		core.ResourceCPU:    resource.MustParse("64"),
		core.ResourceMemory: resource.MustParse("256Gi"),
		core.ResourcePods:   resource.MustParse("1000"),
	}
	now := meta.Now()
	node, err := client.CoreV1().Nodes().Get(ctx, name, meta.GetOptions{})
	if errors.IsNotFound(err) {
		labels := map[string]string{core.LabelHostname: name, core.LabelOSStable: "linux", core.LabelArchStable: "amd64"}
		node, err = client.CoreV1().Nodes().Create(ctx, &core.Node{ObjectMeta: meta.ObjectMeta{Name: name, Labels: labels}}, meta.CreateOptions{})
	}
	if err != nil {
		return err
	}
	node.Status.Capacity, node.Status.Allocatable = capacity, capacity
	node.Status.Conditions = []core.NodeCondition{
		{Type: core.NodeReady, Status: core.ConditionTrue, Reason: "Ready", LastHeartbeatTime: now, LastTransitionTime: node.CreationTimestamp},
	}
	node.Status.Addresses = []core.NodeAddress{{Type: core.NodeInternalIP, Address: "192.168.0.1"}, {Type: core.NodeHostName, Address: name}}
	node.Status.NodeInfo = core.NodeSystemInfo{KubeletVersion: "v1.34.0", OperatingSystem: "linux", Architecture: "amd64", OSImage: "none", KernelVersion: "6.0", ContainerRuntimeVersion: "containerd://2.0.0"}
	if _, err = client.CoreV1().Nodes().UpdateStatus(ctx, node, meta.UpdateOptions{}); err != nil {
		return err
	}
	holder, renewed := name, meta.NewMicroTime(now.Time)
	leases := client.CoordinationV1().Leases(core.NamespaceNodeLease)
	lease, err := leases.Get(ctx, name, meta.GetOptions{})
	if errors.IsNotFound(err) {
		lease, err = leases.Create(ctx, &coordination.Lease{ObjectMeta: meta.ObjectMeta{Name: name}}, meta.CreateOptions{})
	}
	if err != nil {
		return err
	}
	lease.Spec.HolderIdentity, lease.Spec.RenewTime = &holder, &renewed
	_, err = leases.Update(ctx, lease, meta.UpdateOptions{})
	return err
}

func advance(client *kubernetes.Clientset, pod *core.Pod) error {
	pods := client.CoreV1().Pods(pod.Namespace)
	switch {
	case pod.Spec.NodeName == "" && pod.DeletionTimestamp == nil && schedulable(pod):
		return pods.Bind(ctx, &core.Binding{
			ObjectMeta: meta.ObjectMeta{Name: pod.Name},
			Target:     core.ObjectReference{Kind: "Node", Name: name},
		}, meta.CreateOptions{})
	case pod.Spec.NodeName != name:
		return nil
	case pod.DeletionTimestamp != nil:
		now := int64(0)
		return pods.Delete(ctx, pod.Name, meta.DeleteOptions{GracePeriodSeconds: &now, Preconditions: &meta.Preconditions{UID: &pod.UID}})
	case pod.Status.Phase == core.PodPending:
		run(pod)
		_, err := pods.UpdateStatus(ctx, pod, meta.UpdateOptions{})
		return err
	}
	return nil
}

// schedulable is true of pods that ask for nothing of a node, or for this one by its name, as those of daemons do.
func schedulable(pod *core.Pod) bool {
	if len(pod.Spec.SchedulingGates) > 0 || len(pod.Spec.NodeSelector) > 0 {
		return false
	}
	if pod.Spec.Affinity == nil || pod.Spec.Affinity.NodeAffinity == nil {
		return true
	}
	required := pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	return required == nil || slices.ContainsFunc(required.NodeSelectorTerms, func(term core.NodeSelectorTerm) bool {
		return len(term.MatchExpressions) == 0 && !slices.ContainsFunc(term.MatchFields, func(field core.NodeSelectorRequirement) bool {
			return !slices.Contains(field.Values, name)
		})
	})
}

func run(pod *core.Pod) {
	now := meta.Now()
	pod.Status.Phase = core.PodRunning
	pod.Status.StartTime = &now
	pod.Status.HostIP, pod.Status.PodIP = "192.168.0.1", "10.244.0.10"
	pod.Status.HostIPs, pod.Status.PodIPs = []core.HostIP{{IP: "192.168.0.1"}}, []core.PodIP{{IP: "10.244.0.10"}}
	for _, kind := range []core.PodConditionType{core.PodInitialized, core.ContainersReady, core.PodReady} {
		pod.Status.Conditions = append(pod.Status.Conditions, core.PodCondition{Type: kind, Status: core.ConditionTrue, LastTransitionTime: now})
	}
	started := true
	for _, container := range pod.Spec.Containers {
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, core.ContainerStatus{
			Name: container.Name, Image: container.Image, ImageID: container.Image, ContainerID: "none://" + string(pod.UID), Ready: true, Started: &started,
			State: core.ContainerState{Running: &core.ContainerStateRunning{StartedAt: now}},
		})
	}
}
