// Informers and a writer on the cluster of a kubeconfig, for as long as the standard input is open. At its end the writer stops, and
// what everybody has come to is written as JSON, once the informers have what a list has. What it creates has names
// that begin with the second argument.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

const namespace = "writer"

// What the writer was told.
type written struct {
	// By name: the uid of what was created, "" of what was deleted afterwards.
	Acknowledged map[string]string `json:"acknowledged"`
	// Of these it does not know.
	Unknown []string `json:"unknown"`
	// How often the counter was acknowledged to have been raised, and how often that is not known.
	Raised        int      `json:"raised"`
	RaisedUnknown int      `json:"raisedUnknown"`
	Errors        []string `json:"errors"`
	LongestMs     int64    `json:"longestMs"`
}

type seen struct {
	// Key to uid.
	Objects    map[string]string `json:"objects"`
	Listed     map[string]string `json:"listed"`
	NewUids    []string          `json:"newUids"`
	Deleted    int               `json:"deleted"`
	Backwards  []string          `json:"backwards"`
	Converged  bool              `json:"converged"`
	WatchEnded int               `json:"watchEnded"`
}

func main() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	if err != nil {
		panic(err)
	}
	config.QPS, config.Burst = 200, 200
	client := kubernetes.NewForConfigOrDie(config)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()

	factory := informers.NewSharedInformerFactory(client, 0)
	core := factory.Core().V1()
	watched := map[string]*watcher{
		"nodes":      watch(core.Nodes().Informer(), func() (runtime.Object, error) { return client.CoreV1().Nodes().List(ctx, metav1.ListOptions{}) }),
		"pods":       watch(core.Pods().Informer(), func() (runtime.Object, error) { return client.CoreV1().Pods("").List(ctx, metav1.ListOptions{}) }),
		"configmaps": watch(core.ConfigMaps().Informer(), func() (runtime.Object, error) { return client.CoreV1().ConfigMaps("").List(ctx, metav1.ListOptions{}) }),
		// Of events no server has a watch cache.
		"events": watch(core.Events().Informer(), func() (runtime.Object, error) { return client.CoreV1().Events("").List(ctx, metav1.ListOptions{}) }),
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())

	stop := make(chan struct{})
	record := &written{Acknowledged: map[string]string{}}
	var writers sync.WaitGroup
	writers.Add(1)
	go func() {
		defer writers.Done()
		record.run(ctx, client, stop)
	}()
	fmt.Println("running")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		panic(err)
	}
	close(stop)
	writers.Wait()

	result := map[string]any{"written": record}
	for name, each := range watched {
		result[name] = each.settle()
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		panic(err)
	}
}

// One change after the other: create, raise a counter, write an event, delete what was created some time ago.
func (w *written) run(ctx context.Context, client kubernetes.Interface, stop <-chan struct{}) {
	maps, events := client.CoreV1().ConfigMaps(namespace), client.CoreV1().Events(namespace)
	failed := func(what string, err error) { w.Errors = append(w.Errors, what+": "+err.Error()) }
	timed := func(do func() error) error {
		began := time.Now()
		err := do()
		w.LongestMs = max(w.LongestMs, time.Since(began).Milliseconds())
		return err
	}
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		name := fmt.Sprintf("%s-%06d", os.Args[2], i)
		err := timed(func() error {
			made, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
			if err == nil {
				w.Acknowledged[name] = string(made.UID)
			}
			return err
		})
		if err != nil {
			w.Unknown = append(w.Unknown, name)
			failed("create", err)
		}
		if err := timed(func() error { return raise(ctx, client) }); err == nil {
			w.Raised++
		} else if !apierrors.IsConflict(err) {
			w.RaisedUnknown++
			failed("update", err)
		}
		if i%5 == 0 {
			event := &corev1.Event{ObjectMeta: metav1.ObjectMeta{Name: name}, InvolvedObject: corev1.ObjectReference{Namespace: namespace}}
			if _, err := events.Create(ctx, event, metav1.CreateOptions{}); err != nil {
				failed("event", err)
			}
		}
		if i%3 != 0 || i < 30 {
			continue
		}
		old := fmt.Sprintf("%s-%06d", os.Args[2], i-30)
		if uid := w.Acknowledged[old]; uid == "" {
			continue
		}
		_ = events.Delete(ctx, old, metav1.DeleteOptions{})
		if err := timed(func() error { return maps.Delete(ctx, old, metav1.DeleteOptions{}) }); err == nil {
			w.Acknowledged[old] = ""
		} else {
			delete(w.Acknowledged, old)
			w.Unknown = append(w.Unknown, old)
			failed("delete", err)
		}
	}
}

func raise(ctx context.Context, client kubernetes.Interface) error {
	maps := client.CoreV1().ConfigMaps(namespace)
	counter, err := maps.Get(ctx, "counter", metav1.GetOptions{})
	if err != nil {
		return err
	}
	value, _ := strconv.Atoi(counter.Data["value"])
	counter.Data = map[string]string{"value": strconv.Itoa(value + 1)}
	_, err = maps.Update(ctx, counter, metav1.UpdateOptions{})
	return err
}

type watcher struct {
	informer cache.SharedIndexInformer
	list     func() (runtime.Object, error)
	mutex    sync.Mutex
	seen
	// The greatest revision of each key.
	revisions map[string]int
}

func watch(informer cache.SharedIndexInformer, list func() (runtime.Object, error)) *watcher {
	w := &watcher{informer: informer, list: list, revisions: map[string]int{}}
	note := func(object any) {
		of := accessor(object)
		key := of.GetNamespace() + "/" + of.GetName()
		revision, _ := strconv.Atoi(of.GetResourceVersion())
		if revision < w.revisions[key] {
			w.Backwards = append(w.Backwards, fmt.Sprintf("%s: %d after %d", key, revision, w.revisions[key]))
		}
		w.revisions[key] = revision
	}
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) {
			w.mutex.Lock()
			defer w.mutex.Unlock()
			note(object)
		},
		UpdateFunc: func(before, after any) {
			w.mutex.Lock()
			defer w.mutex.Unlock()
			if accessor(before).GetUID() != accessor(after).GetUID() {
				w.NewUids = append(w.NewUids, accessor(after).GetName())
			}
			note(after)
		},
		DeleteFunc: func(any) {
			w.mutex.Lock()
			defer w.mutex.Unlock()
			w.Deleted++
		},
	})
	if err != nil {
		panic(err)
	}
	if err := informer.SetWatchErrorHandler(func(_ *cache.Reflector, _ error) {
		w.mutex.Lock()
		defer w.mutex.Unlock()
		w.WatchEnded++
	}); err != nil {
		panic(err)
	}
	return w
}

// Waits for at most a minute until the informer has what is there.
func (w *watcher) settle() *seen {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		list, err := w.list()
		if err != nil {
			continue
		}
		items, err := meta.ExtractList(list)
		if err != nil {
			panic(err)
		}
		listed, held := map[string]string{}, map[string]string{}
		for _, item := range items {
			put(listed, item)
		}
		for _, item := range w.informer.GetStore().List() {
			put(held, item)
		}
		w.mutex.Lock()
		w.Listed, w.Objects = uids(listed), uids(held)
		w.Converged = equal(listed, held)
		w.mutex.Unlock()
		if w.Converged {
			break
		}
	}
	return &w.seen
}

func put(to map[string]string, object any) {
	of := accessor(object)
	to[of.GetNamespace()+"/"+of.GetName()] = string(of.GetUID()) + " " + of.GetResourceVersion()
}

func uids(of map[string]string) map[string]string {
	out := map[string]string{}
	for key, value := range of {
		out[key] = value[:36]
	}
	return out
}

func equal(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for key, value := range a {
		if b[key] != value {
			return false
		}
	}
	return true
}

func accessor(object any) metav1.Object {
	of, err := meta.Accessor(object)
	if err != nil {
		panic(err)
	}
	return of
}
