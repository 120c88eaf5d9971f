// The simulator does what KWOK cannot express: it looks at what an object refers to.
//
// On a real node a pod whose Secret or ConfigMap is missing never starts. KWOK would report it ready all the same. The
// simulator watches pending pods and writes the condition suoke.life/ReferencesResolved into their status; the stage that
// makes pods ready waits for it to be true. It also provides volumes, and plays the operators of custom resources.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os/signal"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
)

// Time after which a failed write is tried again.
const retry = time.Second

func main() {
	kubeconfig := flag.String("kubeconfig", "", "path of the kubeconfig to connect with")
	kinds := flag.String("kinds", "", "path of the file that says how custom resources are simulated")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *kubeconfig, *kinds); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, kubeconfig, kinds string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return fmt.Errorf("kubeconfig %q: %w", kubeconfig, err)
	}
	// The default of 5 requests per second would make a large rollout wait for the simulator.
	config.QPS, config.Burst = 500, 1000
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]())
	factory := informers.NewSharedInformerFactory(client, 0)
	core := factory.Core().V1()
	resolver := resolver{secrets: core.Secrets().Lister(), configMaps: core.ConfigMaps().Lister()}
	pods := core.Pods()

	waiting := func(object any) (*corev1.Pod, bool) {
		pod, ok := object.(*corev1.Pod)
		return pod, ok && pod.Status.Phase == corev1.PodPending && pod.DeletionTimestamp == nil
	}
	enqueue := func(object any) {
		if pod, ok := waiting(object); ok {
			queue.Add(pod.Namespace + "/" + pod.Name)
		}
	}
	// A pod waits for things that may appear later: look again at all of its namespace.
	enqueueAll := func(object any) {
		meta, err := metaOf(object)
		if err != nil {
			return
		}
		all, _ := pods.Informer().GetIndexer().ByIndex(cache.NamespaceIndex, meta.GetNamespace())
		for _, pod := range all {
			enqueue(pod)
		}
	}
	watch := func(informer cache.SharedIndexInformer, handle func(any)) error {
		_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    handle,
			UpdateFunc: func(_, object any) { handle(object) },
			DeleteFunc: handle,
		})
		return err
	}
	if err := watch(pods.Informer(), enqueue); err != nil {
		return err
	}
	for _, informer := range []cache.SharedIndexInformer{core.Secrets().Informer(), core.ConfigMaps().Informer()} {
		if err := watch(informer, enqueueAll); err != nil {
			return err
		}
	}
	if err := provisionVolumes(ctx, client, factory); err != nil {
		return err
	}
	if err := balanceLoad(ctx, client, factory); err != nil {
		return err
	}
	custom, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	if err := operate(ctx, custom, kinds); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	go func() {
		<-ctx.Done()
		queue.ShutDown()
	}()
	for {
		key, shutdown := queue.Get()
		if shutdown {
			return nil
		}
		namespace, name, _ := cache.SplitMetaNamespaceKey(key)
		pod, err := pods.Lister().Pods(namespace).Get(name)
		if err == nil {
			err = update(ctx, client, pod, resolver.missing(pod))
			if err != nil {
				log.Printf("%s: %v", key, err)
				queue.AddAfter(key, retry)
			}
		}
		queue.Done(key)
	}
}

func metaOf(object any) (metav1.Object, error) {
	if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = tombstone.Obj
	}
	if meta, ok := object.(metav1.Object); ok {
		return meta, nil
	}
	return nil, fmt.Errorf("%T has no metadata", object)
}
