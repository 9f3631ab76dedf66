namespace Homelab.Gateway;

/// <summary>Told once about each finished request; must return at once.</summary>
internal interface IUsageSink
{
    void Record(RequestRecord record);
}
