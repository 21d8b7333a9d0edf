package clients

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/client-go/util/exec"
)

const (
	streamsNamespace = "streams"
	answers          = `[{"command":["cat"],"echo":true},{"command":["fail","*"],"stdout":"some\n","stderr":"no\n","exitCode":42}]`
)

// A running pod that answers commands, a port and its log, made once.
var streamsPod = sync.OnceValues(func() (*corev1.Pod, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	config, err := clientcmd.BuildConfigFromFlags("", filepath.Join(out, "cluster-4.kubeconfig"))
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: streamsNamespace}}
	if _, err := client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	pods := client.CoreV1().Pods(streamsNamespace)
	pod, err := pods.Create(ctx, &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "pod", Annotations: map[string]string{
			"fake-apiserver/log":   "2024-01-01T00:00:00Z one\ntwo\nthree",
			"fake-apiserver/exec":  answers,
			"fake-apiserver/ports": `{"80":"echo"}`,
		}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "i"}}},
	}, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	pod.Status.Phase = corev1.PodRunning // or else kubectl forwards nothing to it
	return pods.UpdateStatus(ctx, pod, metav1.UpdateOptions{})
})

func podUnderTest(t *testing.T) (*rest.Config, *kubernetes.Clientset, *corev1.Pod) {
	t.Helper()
	pod, err := streamsPod()
	if err != nil {
		t.Fatal(err)
	}
	return restConfig(t, 4, "application/json"), clientset(t, 4, "application/json"), pod
}

func subresource(client *kubernetes.Clientset, pod *corev1.Pod, name string) *rest.Request {
	return client.CoreV1().RESTClient().Post().Resource("pods").Namespace(pod.Namespace).Name(pod.Name).SubResource(name)
}

// executors by the protocol that they speak.
var executors = map[string]func(*rest.Config, *url.URL) (remotecommand.Executor, error){
	"SPDY": func(config *rest.Config, url *url.URL) (remotecommand.Executor, error) {
		return remotecommand.NewSPDYExecutor(config, "POST", url)
	},
	"WebSocket": func(config *rest.Config, url *url.URL) (remotecommand.Executor, error) {
		return remotecommand.NewWebSocketExecutor(config, "GET", url.String())
	},
}

func TestExec(t *testing.T) {
	config, client, pod := podUnderTest(t)
	for name, newExecutor := range executors {
		run := func(t *testing.T, command []string, stdin io.Reader) (string, string, error) {
			t.Helper()
			options := &corev1.PodExecOptions{Command: command, Stdin: stdin != nil, Stdout: true, Stderr: true}
			executor, err := newExecutor(config, subresource(client, pod, "exec").VersionedParams(options, scheme.ParameterCodec).URL())
			if err != nil {
				t.Fatal(err)
			}
			var stdout, stderr bytes.Buffer
			err = executor.StreamWithContext(testContext(t), remotecommand.StreamOptions{Stdin: stdin, Stdout: &stdout, Stderr: &stderr})
			return stdout.String(), stderr.String(), err
		}
		t.Run(name+" echo", func(t *testing.T) {
			input := make([]byte, 8<<20)
			_, _ = rand.Read(input)
			stdout, _, err := run(t, []string{"cat"}, bytes.NewReader(input))
			if err != nil || stdout != string(input) {
				t.Fatalf("%d of %d bytes came back: %v", len(stdout), len(input), err)
			}
		})
		t.Run(name+" exit code", func(t *testing.T) {
			stdout, stderr, err := run(t, []string{"fail", "now"}, nil)
			var exit exec.CodeExitError
			if !errors.As(err, &exit) || exit.Code != 42 || stdout != "some\n" || stderr != "no\n" {
				t.Fatalf("%q %q %v", stdout, stderr, err)
			}
		})
		t.Run(name+" at once", func(t *testing.T) {
			var group sync.WaitGroup
			failed := make(chan error, 50)
			for n := range 50 {
				group.Go(func() {
					text := fmt.Sprintf("input %d", n)
					if stdout, _, err := run(t, []string{"cat"}, strings.NewReader(text)); err != nil || stdout != text {
						failed <- fmt.Errorf("%q: %v", stdout, err)
					}
				})
			}
			group.Wait()
			close(failed)
			for err := range failed {
				t.Error(err)
			}
		})
	}
}

func forwarder(t *testing.T, protocol string, stop, ready chan struct{}) *portforward.PortForwarder {
	t.Helper()
	config, client, pod := podUnderTest(t)
	target := subresource(client, pod, "portforward").URL()
	ports := []string{"0:80", "0:81"}
	if protocol == "WebSocket" {
		dialer, err := portforward.NewSPDYOverWebsocketDialer(target, config)
		if err != nil {
			t.Fatal(err)
		}
		made, err := portforward.New(dialer, ports, stop, ready, io.Discard, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		t.Fatal(err)
	}
	dialer := spdy.NewDialer(upgrader, &http.Client{Transport: transport}, "POST", target)
	made, err := portforward.New(dialer, ports, stop, ready, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestPortForward(t *testing.T) {
	for _, protocol := range []string{"SPDY", "WebSocket"} {
		t.Run(protocol, func(t *testing.T) {
			stop, ready := make(chan struct{}), make(chan struct{})
			made := forwarder(t, protocol, stop, ready)
			ended := make(chan error, 1)
			go func() { ended <- made.ForwardPorts() }()
			select {
			case <-ready:
			case err := <-ended:
				t.Fatal(err)
			}
			ports, err := made.GetPorts()
			if err != nil {
				t.Fatal(err)
			}
			input := make([]byte, 32<<20)
			_, _ = rand.Read(input)
			output := throughPort(t, ports[0].Local, input)
			if !bytes.Equal(input, output) {
				t.Fatalf("%d of %d bytes came back", len(output), len(input))
			}
			// Nobody is at the other port: the connection ends, and so does the client's forwarding.
			if output := throughPort(t, ports[1].Local, nil); len(output) != 0 {
				t.Fatalf("%q from a port where nobody is", output)
			}
			close(stop)
			<-ended
		})
	}
}

func throughPort(t *testing.T, port uint16, input []byte) []byte {
	t.Helper()
	return throughAddress(t, fmt.Sprintf("127.0.0.1:%d", port), input)
}

// throughAddress sends the input, then reads to the end.
func throughAddress(t *testing.T, address string, input []byte) []byte {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(time.Minute))
	go func() {
		_, _ = connection.Write(input)
		_ = connection.(*net.TCPConn).CloseWrite()
	}()
	output, _ := io.ReadAll(connection)
	return output
}

func TestLog(t *testing.T) {
	_, client, pod := podUnderTest(t)
	ctx := testContext(t)
	tail := int64(2)
	log, err := client.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &corev1.PodLogOptions{TailLines: &tail}).DoRaw(ctx)
	if err != nil || string(log) != "two\nthree\n" {
		t.Fatalf("%q %v", log, err)
	}
	_, err = client.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &corev1.PodLogOptions{Container: "z"}).DoRaw(ctx)
	if !apierrors.IsBadRequest(err) {
		t.Fatal(err)
	}
	follow, err := client.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &corev1.PodLogOptions{Follow: true}).Stream(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := follow.Close(); err != nil {
		t.Fatal(err)
	}
}

// A command cannot be run over HTTP/2, which has no upgrades: clients leave it out of their handshake.
func TestExecNeedsAnUpgrade(t *testing.T) {
	config, client, pod := podUnderTest(t)
	tlsConfig, err := rest.TLSConfigFor(config)
	if err != nil {
		t.Fatal(err)
	}
	http2 := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: tlsConfig}}
	answer, err := http2.Post(subresource(client, pod, "exec").Param("command", "cat").Param("stdin", "true").URL().String(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	if answer.ProtoMajor != 2 || answer.StatusCode != 400 || !strings.Contains(string(body), "Upgrade request required") {
		t.Fatalf("%s %d %s", answer.Proto, answer.StatusCode, body)
	}
}
