// Package clients drives a running fleet through the Go clients that controllers are built with.
package clients

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// out is the folder that holds the kubeconfigs of the fleet under test.
var out string

func TestMain(m *testing.M) { os.Exit(withFleet(m)) }

func withFleet(m *testing.M) int {
	dir, err := os.MkdirTemp("", "fake-apiserver-go-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	out = filepath.Join(dir, "out")
	bin := os.Getenv("PROGRAM")
	if bin == "" {
		bin = filepath.Join("..", "..", "..", "dist", "cli", "bin.js")
	}
	// A small history, so that a test can make it pass.
	server := exec.Command("node", bin, "--clusters", "4", "--base-port", "0", "--out", out, "--history-mib", "1", "--log-level", "warn")
	server.Stdout, server.Stderr = os.Stderr, os.Stderr
	if err := server.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	exited := make(chan error, 1)
	go func() { exited <- server.Wait() }()
	if err := waitForFile(filepath.Join(out, "kubeconfig"), exited); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	_ = server.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-exited:
		if err != nil {
			fmt.Fprintln(os.Stderr, "the fleet did not end cleanly:", err)
			return 1
		}
	case <-time.After(30 * time.Second):
		fmt.Fprintln(os.Stderr, "the fleet did not end within 30 s of SIGTERM")
		_ = server.Process.Kill()
		return 1
	}
	return code
}

func waitForFile(path string, exited <-chan error) error {
	for range 600 {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		select {
		case err := <-exited:
			return fmt.Errorf("the fleet ended before it was up: %v", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fmt.Errorf("no %s after 60 s", path)
}

// restConfig of cluster n, without client-side rate limits.
func restConfig(t *testing.T, n int, contentType string) *rest.Config {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", filepath.Join(out, fmt.Sprintf("cluster-%d.kubeconfig", n)))
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	config.ContentType = contentType
	if contentType == runtime.ContentTypeProtobuf {
		config.AcceptContentTypes = strings.Join([]string{runtime.ContentTypeProtobuf, runtime.ContentTypeJSON}, ",")
	}
	return config
}

func clientset(t *testing.T, n int, contentType string) *kubernetes.Clientset {
	t.Helper()
	client, err := kubernetes.NewForConfig(restConfig(t, n, contentType))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for range 600 {
		if condition() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("not within 30 s: %s", what)
}
