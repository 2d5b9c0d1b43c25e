using System.Reflection;

namespace TlsFsm.Tests.Architecture;

/// <summary>
/// Whatever the public surface takes to call it later can throw. The table says of each where a test makes it; what is not in it is new.
/// </summary>
internal sealed class ForeignSurfaceTests
{
    private const string Seams = nameof(Connection.ForeignSeamTests);
    private const string Doors = nameof(Hosting.ForeignCodeInDoorsTests);
    private const string Hosts = nameof(Hosting.ForeignCodeTests);
    private const string Lives = nameof(Connection.ForeignCodeTests);
    private const string Streams = nameof(Hosting.TlsStreamTests);
    private const string Decisions = nameof(Core.TlsDecisionTests);
    private const string Callbacks = nameof(Connection.ApplicationTests);

    private static readonly Dictionary<string, string> Tested = new()
    {
        ["CertificateVerification.Background"] = Seams,
        ["CertificateVerification.Custom(judge)"] = Seams,
        ["CertificateVerification.Review"] = Seams,
        ["OcspStaple..ctor(refresh)"] = Seams,
        ["TlsClientOptions.ChooseCredential"] = Seams,
        ["TlsConnectionOptions.DangerousKeyLog"] = Seams,
        ["TlsConnectionOptions.MessageObserver"] = Seams,
        ["TlsServerOptions.Choose"] = Seams,
        ["TlsServerOptions.FindPsk"] = Seams,
        ["ITicketKeyRing"] = Seams,
        ["ITlsSessionCache"] = Seams,
        ["ITlsSigner"] = Seams,
        ["ITlsX25519"] = Seams,
        ["TlsConnection.MessageObserver"] = Seams,
        ["TlsConnection.Transitioned"] = Lives,
        ["IEventLoop"] = Lives,
        ["IProtocol"] = Callbacks,
        ["IBufferedProtocol"] = Callbacks,
        ["ITransport"] = Hosts,
        ["ISwitchableTransport"] = Hosts,
        ["IDrainingTransport"] = Hosts,
        ["SocketTransport.Progressed"] = Hosts,
        ["PipeTransport.Progressed"] = Hosts,
        ["TlsTransport.Progressed"] = Hosts,
        ["SerialEventLoop..ctor(onUnhandled)"] = Hosts,
        ["SerialEventLoop.CallLater(callback)"] = Hosts,
        ["SerialEventLoop.CallSoon(callback)"] = Hosts,
        ["TlsClient.ConnectAsync(connectionStarted)"] = Doors,
        ["TlsClient.OpenStreamAsync(connectionStarted)"] = Doors,
        ["TlsClient.OpenPipeAsync(connectionStarted)"] = Doors,
        ["TlsServer.AcceptAsync(connectionStarted)"] = Doors,
        ["TlsServer.OpenStreamAsync(connectionStarted)"] = Doors,
        ["TlsServer.OpenPipeAsync(connectionStarted)"] = Doors,
        ["TlsListener.Start(applicationFactory)"] = Doors,
        ["TlsListenerOptions.ConnectionEnded"] = Doors,
        ["TlsListenerOptions.ConnectionStarted"] = Doors,
        ["TlsListenerOptions.UnhandledException"] = Doors,
        ["TlsStream.CreateProtocol(serve)"] = Streams,
        ["TlsAsync.Answer(answer)"] = Decisions,
        ["TlsAsync.Signer(sign)"] = Decisions,
        ["TlsDecisions.AtOnce(answer)"] = Decisions,

        // What a core throws that is no TlsException falls to the transport, as of any protocol.
        ["ITlsCore"] = Hosts,
        ["BouncyCastleCore.MessageObserver"] = nameof(Connection.MessageObserverTests),
        ["BouncyCastleCore.WhenDecided"] = Decisions,
    };

    [Test]
    public void Whatever_we_are_given_to_call_is_made_to_throw_somewhere()
    {
        var found = typeof(TlsConnection).Assembly.GetExportedTypes().SelectMany(Of).Distinct().Order(StringComparer.Ordinal).ToList();

        Assert.That(found, Is.EquivalentTo(Tested.Keys), string.Join("\n", found.Except(Tested.Keys)));
    }

    private static IEnumerable<string> Of(Type type)
    {
        if (type.IsInterface)
            return [NameOf(type)];

        const BindingFlags Own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var properties = type.GetProperties(Own)
            .Where(property => IsDelegate(property.PropertyType) && property.SetMethod is { IsPublic: true })
            .Select(property => $"{NameOf(type)}.{property.Name}");

        // What the platform has defined is the platform's to call.
        var methods = type.GetMethods(Own).Where(method => !method.IsSpecialName && method.GetBaseDefinition() == method)
            .Cast<MethodBase>().Concat(type.GetConstructors(Own));
        var parameters = from method in methods
                         from parameter in method.GetParameters()
                         where IsDelegate(parameter.ParameterType)
                         select $"{NameOf(type)}.{method.Name}({parameter.Name})";
        return properties.Concat(parameters);
    }

    private static bool IsDelegate(Type type) => typeof(Delegate).IsAssignableFrom(type);

    private static string NameOf(Type type) => type.Name.Split('`')[0];
}
