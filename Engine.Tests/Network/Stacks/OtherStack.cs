using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network.Stacks;

/// <summary>A TLS stack that is not ours: what it can, and how it is run. <see cref="StackTable"/> has them all.</summary>
internal abstract class OtherStack
{
    /// <summary>As the document calls it. Without a version: that is the machine's own affair.</summary>
    public required string Name { get; init; }

    /// <summary>One line about it for the document: where it is from, and what must be known of it.</summary>
    public required string Note { get; init; }

    public SslProtocols Versions { get; init; } = Cases.Both;

    /// <summary>Programs that must be on the path.</summary>
    public string[] Programs { get; init; } = [];

    /// <summary>Files that must be there.</summary>
    public string[] Files { get; init; } = [];

    /// <summary>What it, or its program, has not: those cells stay empty.</summary>
    public Func<StackRole, SslProtocols, StackColumn, bool> Lacks { get; init; } = static (_, _, _) => false;

    /// <summary>What we must admit that a peer of ours usually may not lack.</summary>
    public Func<StackRole, TlsPolicy, TlsPolicy> Admit { get; init; } = static (_, policy) => policy;

    /// <summary>The application protocol that it is told to name, or names whatever it is told.</summary>
    public string ApplicationProtocol { get; init; } = "http/1.1";

    /// <summary>Runs it as a client, whose every talk must have gone well.</summary>
    public abstract Task RunClientAsync(int port, StackOrders orders);

    /// <summary>Runs it as a server.</summary>
    public abstract Task<(ExternalTool Tool, int Port)> StartServerAsync(StackOrders orders);

    /// <summary>What our server does with its client. The default echoes until the client ends.</summary>
    public virtual Task ServeAsync(TlsStream stream) => OurServer.EchoAsync(stream);

    /// <summary>A talk of ours with its server: content both ways, compared. The default is an echo.</summary>
    public virtual async Task TalkAsync(Stream stream)
    {
        var received = await stream.ExchangeAsync(StackTable.Content);
        Assert.That(received.AsSpan().SequenceEqual(StackTable.Content), "All comes back as it was.");
    }

    /// <summary>Without it a test is ignored, and fails under CI.</summary>
    public void Require()
    {
        ExternalTool.Require(Programs);
        foreach (var file in Files)
        {
            if (!File.Exists(file))
                ExternalTool.IsMissing($"{Name} is not installed: there is no {file}.");
        }
    }

    /// <summary>Cases are named after it.</summary>
    public override string ToString() => Name;

    /// <summary>Starts a server that must be given its port, and comes back when it listens there.</summary>
    protected static async Task<(ExternalTool Tool, int Port)> StartListeningAsync(Func<int, ExternalTool> start)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = Loopback.FreePort();
            var tool = start(port);
            if (await Loopback.IsListenedOnAsync(port, orElse: () => tool.HasExited))
                return (tool, port);

            // Somebody else may have got the port since it was free: then another one.
            var transcript = tool.Transcript();
            await tool.DisposeAsync();
            Assert.That(attempt, Is.LessThan(5), transcript);
        }
    }
}
