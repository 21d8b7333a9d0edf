package clients

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/pager"
	"k8s.io/client-go/util/retry"
)

func TestPagingThroughAThousandPods(t *testing.T) {
	ctx, client := testContext(t), clientset(t, 1, runtime.ContentTypeProtobuf)
	namespace := "paging"
	if _, err := client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	pods := client.CoreV1().Pods(namespace)
	var creators sync.WaitGroup
	for worker := range 10 {
		creators.Add(1)
		go func() {
			defer creators.Done()
			for i := range 100 {
				if _, err := pods.Create(ctx, pod(fmt.Sprintf("p-%03d", worker*100+i), "n"), metav1.CreateOptions{}); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	creators.Wait()
	seen := map[string]int{}
	pages := 0
	list := pager.New(pager.SimplePageFunc(func(options metav1.ListOptions) (runtime.Object, error) {
		pages++
		page, err := pods.List(ctx, options)
		if pages == 3 && err == nil {
			// What changes between two pages must not show: they are one snapshot.
			zero := int64(0)
			if err := pods.Delete(ctx, "p-999", metav1.DeleteOptions{GracePeriodSeconds: &zero}); err != nil {
				return nil, err
			}
			if _, err := pods.Create(ctx, pod("p-9999", "n"), metav1.CreateOptions{}); err != nil {
				return nil, err
			}
		}
		return page, err
	}))
	list.PageSize = 70
	err := list.EachListItem(ctx, metav1.ListOptions{}, func(item runtime.Object) error {
		seen[item.(*corev1.Pod).Name]++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if pages != 15 || len(seen) != 1000 || seen["p-999"] != 1 || seen["p-9999"] != 0 {
		t.Errorf("%d pages, %d pods, p-999 %d times, p-9999 %d times", pages, len(seen), seen["p-999"], seen["p-9999"])
	}
	for name, times := range seen {
		if times != 1 {
			t.Errorf("%s came %d times", name, times)
		}
	}
}

func TestConcurrentUpdatesLoseNothing(t *testing.T) {
	ctx, maps := testContext(t), clientset(t, 1, runtime.ContentTypeProtobuf).CoreV1().ConfigMaps("default")
	counter := configMap("counter", 1)
	counter.Data["value"] = "0"
	if _, err := maps.Create(ctx, counter, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	patient := wait.Backoff{Steps: 1000, Duration: 1_000_000, Factor: 1, Jitter: 5}
	conflicts := make([]int, 200)
	increment := func(worker int) error {
		return retry.RetryOnConflict(patient, func() error {
			conflicts[worker]++
			current, err := maps.Get(ctx, "counter", metav1.GetOptions{})
			if err != nil {
				return err
			}
			value, err := strconv.Atoi(current.Data["value"])
			if err != nil {
				return err
			}
			current.Data["value"] = strconv.Itoa(value + 1)
			_, err = maps.Update(ctx, current, metav1.UpdateOptions{})
			return err
		})
	}
	var workers sync.WaitGroup
	for worker := range 200 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			if err := increment(worker); err != nil {
				t.Error(err)
			}
		}()
	}
	workers.Wait()
	final, err := maps.Get(context.Background(), "counter", metav1.GetOptions{})
	if err != nil || final.Data["value"] != "200" {
		t.Errorf("200 increments gave %q (%v)", final.Data["value"], err)
	}
	total := 0
	for _, tries := range conflicts {
		total += tries
	}
	t.Logf("%d conflicts on the way", total-200)
}
