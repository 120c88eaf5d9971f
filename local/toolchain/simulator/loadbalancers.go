package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"log"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
)

// balanceLoad plays the provider of load balancers: each Service of that type gets an address of the range that
// documentation may use (RFC 5737), the same one every time.
func balanceLoad(ctx context.Context, client kubernetes.Interface, factory informers.SharedInformerFactory) error {
	return onChange(factory.Core().V1().Services().Informer(), func(object any) {
		service, ok := object.(*corev1.Service)
		if !ok || service.Spec.Type != corev1.ServiceTypeLoadBalancer || len(service.Status.LoadBalancer.Ingress) > 0 {
			return
		}
		given := service.DeepCopy()
		given.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: addressFor(service)}}
		_, err := client.CoreV1().Services(service.Namespace).UpdateStatus(ctx, given, metav1.UpdateOptions{})
		// A conflict means that it has changed, and so comes by again.
		if err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
			log.Printf("service %s/%s: %v", service.Namespace, service.Name, err)
		}
	})
}

func addressFor(service *corev1.Service) string {
	hash := fnv.New32a()
	hash.Write([]byte(service.Namespace + "/" + service.Name))
	return fmt.Sprintf("198.51.100.%d", 1+hash.Sum32()%254)
}
