package clients

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
)

// link is a TCP connection between an informer and its server that a test can cut and mend.
type link struct {
	listener net.Listener
	target   string
	mu       sync.Mutex
	down     bool
	open     map[net.Conn]struct{}
}

func newLink(t *testing.T, target string) *link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{listener: listener, target: target, open: map[net.Conn]struct{}{}}
	t.Cleanup(func() { listener.Close(); l.cut() })
	go l.serve()
	return l
}

func (l *link) serve() {
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", l.target)
		if err != nil || !l.hold(client, server) {
			client.Close()
			continue
		}
		go func() { _, _ = io.Copy(server, client); server.Close() }()
		go func() { _, _ = io.Copy(client, server); client.Close() }()
	}
}

func (l *link) hold(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range conns {
		if l.down {
			conn.Close()
			continue
		}
		l.open[conn] = struct{}{}
	}
	return !l.down
}

func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = true
	for conn := range l.open {
		conn.Close()
	}
	clear(l.open)
}

func (l *link) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = false
}

// linkedInformer watches ConfigMaps of cluster n through a link.
func linkedInformer(t *testing.T, n int) (*link, listers.ConfigMapLister) {
	t.Helper()
	config := restConfig(t, n, runtime.ContentTypeProtobuf)
	address, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	l := newLink(t, address.Host)
	config.TLSClientConfig.ServerName = address.Hostname()
	config.Host = "https://" + l.listener.Addr().String()
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	factory := informers.NewSharedInformerFactory(client, 0)
	lister := factory.Core().V1().ConfigMaps().Lister()
	factory.Start(ctx.Done())
	for kind, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			t.Fatalf("%v did not sync", kind)
		}
	}
	return l, lister
}

// converges waits until the informer's store equals the server's list, versions included.
func converges(t *testing.T, client *kubernetes.Clientset, lister listers.ConfigMapLister) {
	t.Helper()
	eventually(t, "informer and server agree", func() bool {
		want, err := client.CoreV1().ConfigMaps("").List(testContext(t), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		have, err := lister.List(labels.Everything())
		if err != nil {
			t.Fatal(err)
		}
		versions := map[string]string{}
		for _, item := range have {
			versions[item.Namespace+"/"+item.Name] = item.ResourceVersion
		}
		for _, item := range want.Items {
			if versions[item.Namespace+"/"+item.Name] != item.ResourceVersion {
				return false
			}
		}
		return len(versions) == len(want.Items)
	})
}

func churn(t *testing.T, client *kubernetes.Clientset, prefix string, rounds, size int) {
	t.Helper()
	ctx, maps := testContext(t), client.CoreV1().ConfigMaps("default")
	for i := range rounds {
		name := fmt.Sprintf("%s-%d", prefix, i%20)
		object := configMap(name, size)
		object.Data["round"] = fmt.Sprint(i)
		if _, err := maps.Update(ctx, object, metav1.UpdateOptions{}); err != nil {
			if _, err := maps.Create(ctx, object, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		if i%7 == 0 {
			if err := maps.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestInformerSurvivesACutConnection(t *testing.T) {
	client := clientset(t, 2, runtime.ContentTypeProtobuf)
	l, lister := linkedInformer(t, 2)
	for round := range 3 {
		churn(t, client, fmt.Sprintf("cut-%d", round), 50, 100)
		l.cut()
		churn(t, client, fmt.Sprintf("cut-%d", round), 50, 100)
		l.mend()
		converges(t, client, lister)
	}
}

func TestInformerSurvivesExpiredHistory(t *testing.T) {
	client := clientset(t, 3, runtime.ContentTypeProtobuf)
	ctx, maps := testContext(t), client.CoreV1().ConfigMaps("default")
	l, lister := linkedInformer(t, 3)
	before, err := maps.List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	l.cut()
	// Far more than the history holds: what the informer would resume from is gone.
	churn(t, client, "expired", 400, 20_000)
	watcher, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: before.ResourceVersion})
	if err != nil {
		t.Fatal(err)
	}
	if event := <-watcher.ResultChan(); event.Type != "ERROR" || event.Object.(*metav1.Status).Reason != metav1.StatusReasonExpired {
		t.Fatalf("resuming from %s was not refused: %v", before.ResourceVersion, event.Type)
	}
	watcher.Stop()
	l.mend()
	converges(t, client, lister)
}

func TestTwoInformersAgreeUnderLoad(t *testing.T) {
	client := clientset(t, 4, runtime.ContentTypeJSON)
	_, first := linkedInformer(t, 4)
	_, second := linkedInformer(t, 4)
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Add(1)
		go func() {
			defer writers.Done()
			churn(t, client, fmt.Sprintf("load-%d", w), 100, 200)
		}()
	}
	writers.Wait()
	converges(t, client, first)
	converges(t, client, second)
}
