package clients

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

func TestTypedClients(t *testing.T) {
	for name, contentType := range map[string]string{"json": runtime.ContentTypeJSON, "protobuf": runtime.ContentTypeProtobuf} {
		t.Run(name, func(t *testing.T) {
			t.Run("nodes", func(t *testing.T) { nodeLife(t, contentType, "node-"+name) })
			t.Run("pods", func(t *testing.T) { podLife(t, contentType, "pods-"+name) })
			t.Run("deployments", func(t *testing.T) { deploymentLife(t, contentType, "apps-"+name) })
			t.Run("watch", func(t *testing.T) { watchLife(t, contentType, "watch-"+name) })
		})
	}
}

func nodeLife(t *testing.T, contentType, name string) {
	ctx, nodes := testContext(t), clientset(t, 1, contentType).CoreV1().Nodes()
	created, err := nodes.Create(ctx, node(name), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if created.UID == "" || created.ResourceVersion == "" || created.CreationTimestamp.IsZero() {
		t.Errorf("system fields are missing: %+v", created.ObjectMeta)
	}
	if _, err := nodes.Create(ctx, node(name), metav1.CreateOptions{}); !apierrors.IsAlreadyExists(err) {
		t.Errorf("creating twice: %v", err)
	}
	stale := created.DeepCopy()
	patch := `{"metadata":{"labels":{"node-role.kubernetes.io/control-plane":""}},"spec":{"taints":[{"key":"a","effect":"NoSchedule"}]}}`
	patched, err := nodes.Patch(ctx, name, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, labelled := patched.Labels["node-role.kubernetes.io/control-plane"]; !labelled {
		t.Errorf("labels after the patch: %v", patched.Labels)
	}
	stale.Labels["late"] = "yes"
	if _, err := nodes.Update(ctx, stale, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
		t.Errorf("updating an old version: %v", err)
	}
	patched.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
	patched.Spec.Unschedulable = true
	updated, err := nodes.UpdateStatus(ctx, patched, metav1.UpdateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(updated.Status.Conditions) != 1 || updated.Spec.Unschedulable {
		t.Errorf("the status endpoint took the wrong half: %+v %+v", updated.Spec, updated.Status.Conditions)
	}
	got, err := nodes.Get(ctx, name, metav1.GetOptions{})
	if err != nil || !equality.Semantic.DeepEqual(got, updated) {
		t.Errorf("get differs from what was written (%v):\n%+v\n%+v", err, got, updated)
	}
	if err := nodes.Delete(ctx, name, metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions("other")}); !apierrors.IsConflict(err) {
		t.Errorf("deleting with a wrong uid: %v", err)
	}
	if err := nodes.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := nodes.Get(ctx, name, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("get after delete: %v", err)
	}
}

func podLife(t *testing.T, contentType, namespace string) {
	ctx, client := testContext(t), clientset(t, 1, contentType)
	if _, err := client.CoreV1().Pods(namespace).Create(ctx, pod("p", "n"), metav1.CreateOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("creating in a missing namespace: %v", err)
	}
	if _, err := client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	pods := client.CoreV1().Pods(namespace)
	created, err := pods.Create(ctx, pod("p", "n"), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	spec := created.Spec
	if spec.RestartPolicy != corev1.RestartPolicyAlways || spec.DNSPolicy != corev1.DNSClusterFirst || *spec.TerminationGracePeriodSeconds != 30 || spec.Containers[0].ImagePullPolicy != corev1.PullIfNotPresent {
		t.Errorf("defaults: %+v", spec)
	}
	for selector, want := range map[string]int{"app in (test,other)": 1, "app notin (test)": 0, "app": 1, "!app": 0} {
		list, err := pods.List(ctx, metav1.ListOptions{LabelSelector: selector})
		if err != nil || len(list.Items) != want {
			t.Errorf("%q gives %d pods (%v)", selector, len(list.Items), err)
		}
	}
	byNode, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{FieldSelector: "spec.nodeName=n,metadata.namespace=" + namespace})
	if err != nil || len(byNode.Items) != 1 {
		t.Errorf("by node: %v", err)
	}
	if _, err := pods.List(ctx, metav1.ListOptions{FieldSelector: "spec.nonsense=1"}); !apierrors.IsBadRequest(err) {
		t.Errorf("an unknown field: %v", err)
	}
	eviction := &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "p"}}
	if err := pods.EvictV1(ctx, eviction); err != nil {
		t.Error(err)
	}
	evicted, err := pods.Get(ctx, "p", metav1.GetOptions{})
	if err != nil || evicted.DeletionTimestamp == nil || *evicted.DeletionGracePeriodSeconds != 30 {
		t.Errorf("after the eviction: %v %+v", err, evicted)
	}
	zero := int64(0)
	if err := pods.DeleteCollection(ctx, metav1.DeleteOptions{GracePeriodSeconds: &zero}, metav1.ListOptions{}); err != nil {
		t.Error(err)
	}
	if list, err := pods.List(ctx, metav1.ListOptions{}); err != nil || len(list.Items) != 0 {
		t.Errorf("after deletecollection: %v, %d left", err, len(list.Items))
	}
}

func deploymentLife(t *testing.T, contentType, name string) {
	ctx, deployments := testContext(t), clientset(t, 1, contentType).AppsV1().Deployments("default")
	created, err := deployments.Create(ctx, deployment(name, 2), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if created.Generation != 1 || *created.Spec.RevisionHistoryLimit != 10 {
		t.Errorf("generation %d, spec %+v", created.Generation, created.Spec)
	}
	scale, err := deployments.GetScale(ctx, name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	scale.Spec.Replicas = 5
	if _, err := deployments.UpdateScale(ctx, name, scale, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	jsonPatch := `[{"op":"test","path":"/spec/replicas","value":5},{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"registry.example/main:2"}]`
	patched, err := deployments.Patch(ctx, name, types.JSONPatchType, []byte(jsonPatch), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if patched.Generation != 3 || patched.Spec.Template.Spec.Containers[0].Image != "registry.example/main:2" {
		t.Errorf("generation %d, spec %+v", patched.Generation, patched.Spec)
	}
	if err := deployments.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
		t.Error(err)
	}
}

func watchLife(t *testing.T, contentType, name string) {
	ctx, maps := testContext(t), clientset(t, 1, contentType).CoreV1().ConfigMaps("default")
	list, err := maps.List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	watcher, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: list.ResourceVersion, LabelSelector: "seen=" + name})
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Stop()
	if _, err := maps.Create(ctx, configMap(name, 10), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, label := range []string{`"` + name + `"`, `"` + name + `"`, `null`} {
		patch := []byte(`{"metadata":{"labels":{"seen":` + label + `}},"data":{"at":"` + string(rune('a'+len(label))) + `"}}`)
		if _, err := maps.Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := maps.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	// The second patch changes nothing, so it is no event; the third takes the object out of the selection.
	for _, want := range []watch.EventType{watch.Added, watch.Deleted} {
		if event := <-watcher.ResultChan(); event.Type != want {
			t.Fatalf("got %v, want %v", event, want)
		}
	}
}
