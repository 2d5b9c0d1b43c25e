using TlsFsm.Soak.Sides;

namespace TlsFsm.Soak.Hosts;

/// <summary>A way to have a client and a server talk.</summary>
internal interface IHost : IAsyncDisposable
{
    /// <summary>Plays a connection to its end. What goes wrong is in its ledgers.</summary>
    Task PlayAsync(Run run, CancellationToken cancellationToken);
}
