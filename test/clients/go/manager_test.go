package clients

import (
	"context"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// marker copies a Node's name into a label, as any controller would: read from the cache, patch by the API.
type marker struct{ client.Client }

func (m *marker) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var node corev1.Node
	if err := m.Get(ctx, request.NamespacedName, &node); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if node.Labels["marked"] == node.Name {
		return ctrl.Result{}, nil
	}
	patch := client.MergeFrom(node.DeepCopy())
	if node.Labels == nil {
		node.Labels = map[string]string{}
	}
	node.Labels["marked"] = node.Name
	return ctrl.Result{}, m.Patch(ctx, &node, patch)
}

func TestManagerReconcilesNodes(t *testing.T) {
	mgr, err := manager.New(restConfig(t, 1, ""), manager.Options{Scheme: scheme.Scheme, Metrics: server.Options{BindAddress: "0"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := ctrl.NewControllerManagedBy(mgr).For(&corev1.Node{}).Complete(&marker{mgr.GetClient()}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
	for i := range 25 {
		if err := mgr.GetClient().Create(ctx, node(fmt.Sprintf("managed-%d", i))); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all nodes are marked", func() bool {
		var nodes corev1.NodeList
		if err := mgr.GetAPIReader().List(ctx, &nodes, client.HasLabels{"marked"}); err != nil {
			t.Fatal(err)
		}
		return len(nodes.Items) == 25
	})
}
