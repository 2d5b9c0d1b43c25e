namespace TlsFsm.Cli.Http;

/// <summary>How far a request head has arrived.</summary>
internal enum HeadStatus
{
    /// <summary>The empty line that ends it has not come yet.</summary>
    Incomplete,

    /// <summary>All of it is here.</summary>
    Complete,

    /// <summary>It is longer than <see cref="HeadCollector.MaxBytes"/>.</summary>
    TooLarge,
}
