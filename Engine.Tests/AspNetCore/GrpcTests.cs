using System.Net.Http;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.AspNetCore;

/// <summary>gRPC with our TLS at both ends: calls, streams, cancellation, deadlines.</summary>
[CancelAfter(60_000)]
public sealed class GrpcTests
{
    private static readonly Marshaller<string> Text = Marshallers.Create(Encoding.UTF8.GetBytes, Encoding.UTF8.GetString);
    private static readonly Method<string, string> Unary = new(MethodType.Unary, "Echo", nameof(EchoService.Say), Text, Text);
    private static readonly Method<string, string> Duplex =
        new(MethodType.DuplexStreaming, "Echo", nameof(EchoService.Talk), Text, Text);
    private static readonly Method<string, string> Waiting = new(MethodType.Unary, "Echo", nameof(EchoService.Wait), Text, Text);

    private readonly EchoService _service = new();
    private TestHost _host = null!;
    private GrpcChannel _channel = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _host = await TestHost.BuildAsync(
            builder =>
            {
                builder.Services.AddGrpc();
                builder.Services.AddSingleton(_service);
                builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
                    System.Net.IPAddress.Loopback, 0,
                    listen => listen.UseTlsFsm(new TlsServerOptions { Credential = TestCertificates.Server })));
            },
            app => app.MapGrpcService<EchoService>());
        _channel = GrpcChannel.ForAddress($"https://localhost:{_host.Port}", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler().UseTlsFsm(new TlsClientOptions { Verification = TestCertificates.Verification }),
        });
    }

    [TearDown]
    public async Task StopAsync()
    {
        _channel.Dispose();
        await _host.DisposeAsync();
    }

    [Test]
    public async Task Calls_are_answered_many_at_a_time()
    {
        var calls = Enumerable.Range(0, 50).Select(i => Call(Unary, $"{i}").ResponseAsync);

        Assert.That(await Task.WhenAll(calls).WaitAsync(Hosting.Wait.Limit), Is.EqualTo(Enumerable.Range(0, 50).Select(i => $"{i}!")));
    }

    [Test]
    public async Task A_stream_goes_both_ways()
    {
        using var call = _channel.CreateCallInvoker().AsyncDuplexStreamingCall(Duplex, null, default);
        for (var i = 0; i < 100; i++)
        {
            var sent = new string((char)('a' + (i % 26)), 1 + (i * 100));
            await call.RequestStream.WriteAsync(sent).WaitAsync(Hosting.Wait.Limit);
            Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Hosting.Wait.Limit), Is.True);
            Assert.That(call.ResponseStream.Current, Is.EqualTo($"{sent}!"));
        }

        await call.RequestStream.CompleteAsync();

        Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Hosting.Wait.Limit), Is.False);
    }

    [Test]
    public async Task A_cancellation_reaches_the_server()
    {
        using var cancellation = new CancellationTokenSource();
        var call = Call(Waiting, "", new CallOptions(cancellationToken: cancellation.Token));
        await _service.Began.Task.WaitAsync(Hosting.Wait.Limit);

        await cancellation.CancelAsync();

        Assert.That(
            async () => await call.ResponseAsync.WaitAsync(Hosting.Wait.Limit),
            Throws.InstanceOf<RpcException>().With.Property(nameof(RpcException.StatusCode)).EqualTo(StatusCode.Cancelled));
        await _service.Cancelled.Task.WaitAsync(Hosting.Wait.Limit);
    }

    [Test]
    public async Task A_deadline_ends_a_call_at_both_ends()
    {
        var call = Call(Waiting, "", new CallOptions(deadline: DateTime.UtcNow.AddMilliseconds(500)));

        Assert.That(
            async () => await call.ResponseAsync.WaitAsync(Hosting.Wait.Limit),
            Throws.InstanceOf<RpcException>().With.Property(nameof(RpcException.StatusCode)).EqualTo(StatusCode.DeadlineExceeded));

        // On a slow machine the call may be over before the server has heard of it.
        if (_service.Began.Task.IsCompleted)
            await _service.Cancelled.Task.WaitAsync(Hosting.Wait.Limit);
    }

    private AsyncUnaryCall<string> Call(Method<string, string> method, string request, CallOptions options = default) =>
        _channel.CreateCallInvoker().AsyncUnaryCall(method, null, options, request);

    /// <summary>What protoc would make of a file of three lines.</summary>
    [BindServiceMethod(typeof(EchoService), nameof(Bind))]
    public class EchoService
    {
        public TaskCompletionSource Began { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public static void Bind(ServiceBinderBase binder, EchoService? service)
        {
            ArgumentNullException.ThrowIfNull(binder);
            binder.AddMethod(Unary, service is null ? null : new UnaryServerMethod<string, string>(service.Say));
            binder.AddMethod(Duplex, service is null ? null : new DuplexStreamingServerMethod<string, string>(service.Talk));
            binder.AddMethod(Waiting, service is null ? null : new UnaryServerMethod<string, string>(service.Wait));
        }

        public virtual Task<string> Say(string request, ServerCallContext context) => Task.FromResult($"{request}!");

        public virtual async Task Talk(
            IAsyncStreamReader<string> requests, IServerStreamWriter<string> answers, ServerCallContext context)
        {
            await foreach (var request in requests.ReadAllAsync())
                await answers.WriteAsync($"{request}!");
        }

        public virtual async Task<string> Wait(string request, ServerCallContext context)
        {
            Began.TrySetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }
            finally
            {
                Cancelled.TrySetResult();
            }

            return request;
        }
    }
}
